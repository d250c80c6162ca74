import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import { openFile } from '../../experiments/node/files.js';
import { packageRoot } from '../../experiments/node/package.js';
import { hold, holdable } from '../../experiments/run/held-weights.js';
import { openModel, weightBytes } from '../../experiments/run/model.js';
import { parseRequest, type RunOptions, type RunRequest } from '../../experiments/run/request.js';
import { runTasks } from '../../experiments/sweep/pool.js';
import { SharedWeights } from '../../experiments/sweep/shared-weights.js';
import { DEFAULTS, runOf } from '../support/runs.js';

const requestOf = (options: Partial<RunOptions>): RunRequest => parseRequest({ ...DEFAULTS, ...options });
const script = new URL('../support/dying-worker.js', import.meta.url);
const STORY_FILE = join(packageRoot, 'models/story/story.bin');

test('a run that takes its thread with it fails alone, and a new thread goes on', async (t) => {
  const deaths = {
    exit: 'its thread ended with status 3',
    throw: 'its thread failed: no luck',
    reject: 'its thread failed: no luck later',
    memory: /^its thread failed: .*memory/,
  };
  const prompts = ['well', ...Object.keys(deaths).flatMap((death) => [death, 'well'])];
  const tasks = prompts.map((prompt, i) => ({
    id: `${i} ${prompt}`,
    request: requestOf({ prompt }),
    out: '',
  }));
  for (const jobs of [1, 3]) {
    const ended = await runTasks(tasks, jobs, {}, undefined, { script, heapMegabytes: 32 });
    t.is(ended.length, tasks.length);
    for (const done of ended) {
      const [, prompt] = done.id.split(' ');
      if (prompt === 'well') t.true('seconds' in done, JSON.stringify(done));
      else {
        const error = 'error' in done ? done.error : '';
        const expected = deaths[prompt as keyof typeof deaths];
        if (typeof expected === 'string') t.is(error, expected);
        else t.regex(error, expected);
      }
    }
  }
});

test('threads are given the weights that several runs read', async (t) => {
  const tasks = ['1', '2'].map((id) => ({ id, request: requestOf({ prompt: 'well' }), out: '' }));
  const size = readFileSync(STORY_FILE).length;
  const ended = await runTasks(tasks, 2, {}, undefined, { script });
  t.deepEqual(
    ended.map((done) => 'seconds' in done && done.seconds),
    [size, size],
  );
});

test('weights are held from the first run that reads them to the last, once', (t) => {
  const story = requestOf({});
  const shape = requestOf({ model: 'stories260K-shape' });
  const rewritten = requestOf({ model: 'stories260K-shape@bf16' });
  const other = requestOf({ model: 'stories260K-shape', seed: '2' });
  const shared = new SharedWeights([story, shape, rewritten, other, story]);
  const first = shared.next(story)!;
  t.deepEqual(Buffer.from(first.bytes), readFileSync(STORY_FILE));
  const made = shared.next(shape)!;
  const { source } = openModel('stories260K-shape', undefined, 1).checkpoint;
  t.deepEqual(Buffer.from(made.bytes), Buffer.from(source.read(0, source.size)));
  t.is(shared.next(rewritten), made);
  t.is(shared.next(other), undefined, 'nobody else reads it');
  t.is(shared.next(story), first);
  t.is(weightBytes('none.bin', 1), undefined);
  t.is(weightBytes(packageRoot, 1), undefined, 'a folder of files');
});

test('a run on held weights is the run on the file', async (t) => {
  const expected = await runOf({ steps: '8' });
  hold(holdable(STORY_FILE, openFile(STORY_FILE, 'model')));
  t.teardown(() => hold(undefined));
  const found = await runOf({ steps: '8' });
  t.deepEqual(found.simulated, expected.simulated);
  t.deepEqual(found.model, expected.model);
  t.is(found.text, expected.text);
});
