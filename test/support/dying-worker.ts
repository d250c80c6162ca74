/** A thread of a sweep that does what the prompt of its run says, most of which ends it. */
import { parentPort } from 'node:worker_threads';
import type { Asked } from '../../experiments/sweep/worker.js';

const kept: unknown[] = [];

parentPort!.on('message', ({ task: { id, request }, weights }: Asked) => {
  switch (request.prompt) {
    case 'exit':
      process.exit(3);
      break;
    case 'throw':
      throw new Error('no luck');
    case 'reject':
      void Promise.reject(new Error('no luck later'));
      break;
    case 'memory':
      for (;;) kept.push(Array.from({ length: 1 << 16 }, (_, i) => ({ i })));
    default:
      parentPort!.postMessage({ id, seconds: weights?.bytes.byteLength ?? 0 });
  }
});
