import { GO_SAMPLE } from './control.js';
import { ForwardCalls } from './forward-calls.js';
import type { ForwardRequest } from './forward-split.js';
import type { Layout } from './layout.js';
import type { TapeBuilder, Target } from './tape.js';
import { kvDim } from './zoo.js';

export type { ForwardRequest, Turn } from './forward-split.js';

/**
 * A forward pass as llama2.c orders it, and the drawing of the next token. Threads meet wherever one needs
 * what another made: five times a layer, once or twice more where a head is whole only then or where several
 * positions go together.
 *
 * Several positions of a prompt read each matrix once. Their keys and values are all stored before any of them
 * attends, and each attends to the positions up to its own. The classifier is left to the last position, and
 * to the pass that draws a token.
 */
export function compileForward(
  tape: TapeBuilder,
  request: ForwardRequest,
  layout: Layout,
  target: Target,
): void {
  const { shape } = request.checkpoint;
  const { dim, hiddenDim, layers } = shape;
  const { activations: buffers } = layout;
  const batched = request.positions > 1;
  const calls = new ForwardCalls(tape, request, layout, target);
  calls.embed();
  tape.barrier();
  for (let layer = 0; layer < layers; layer++) {
    // Its weights are not there yet: the host lets the device bring them.
    if (layout.streams(layer)) tape.stop();
    calls.normalise('rmsAttention', layer, 'wq');
    calls.matmul('wq', layer, buffers.q, 'normalised');
    calls.matmul('wk', layer, buffers.k, 'normalised');
    calls.matmul('wv', layer, buffers.v, 'normalised');
    if (calls.wholeHeads) tape.barrier();
    calls.rotate('rope q', layer, buffers.q, dim);
    calls.rotate('rope k', layer, buffers.k, kvDim(shape));
    calls.store('store k', layer, buffers.k, layout.keys(layer));
    calls.store('store v', layer, buffers.v, layout.values(layer));
    tape.barrier();
    calls.attend(layer);
    tape.barrier();
    calls.prepare('wo', layer, buffers.heads, dim);
    calls.matmul('wo', layer, buffers.projected, buffers.heads);
    calls.addResidual('residual attention', layer);
    tape.barrier();
    calls.normalise('rmsFeedForward', layer, 'w1');
    calls.matmul('w1', layer, buffers.gate, 'normalised');
    calls.matmul('w3', layer, buffers.up, 'normalised');
    calls.activate(layer);
    tape.barrier();
    calls.prepare('w2', layer, buffers.gate, hiddenDim);
    calls.matmul('w2', layer, buffers.projected, buffers.gate);
    calls.addResidual('residual feed-forward', layer);
    tape.barrier();
  }
  calls.classify(batched ? GO_SAMPLE : 0);
  tape.barrier(GO_SAMPLE);
  calls.draw(GO_SAMPLE);
}
