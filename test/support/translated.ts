import { setHostFlags } from '../../experiments/node/capabilities.js';
import { MEMORY_PAGES } from '../../sim/engine/context.js';
import { Evaluator } from '../../sim/engine/evaluate.js';
import type { Event } from '../../sim/engine/event.js';
import { probeCapabilities } from '../../sim/engine/fma.js';
import { TranslatedEngine } from '../../sim/engine/translated.js';
import { newMemory } from '../../sim/machine/xenon.js';

setHostFlags();

/** Whether this host has a fused relaxed multiply-add. */
export const { relaxedFma } = probeCapabilities();

const spare: WebAssembly.Memory[] = [];

/** A guest memory; tests that are done with one give it back, as half a gigabyte of addresses is not free. */
export const borrowMemory = (): WebAssembly.Memory =>
  spare.pop() ?? new WebAssembly.Memory({ initial: MEMORY_PAGES });
const spareObserved: WebAssembly.Memory[] = [];
export const borrowObserved = (): WebAssembly.Memory => spareObserved.pop() ?? newMemory({ observed: true });
export const giveBackObserved = (memory: WebAssembly.Memory): void => void spareObserved.push(memory);
export const giveBack = (memory: WebAssembly.Memory): void => void spare.push(memory);

export interface Pair {
  readonly memory: WebAssembly.Memory;
  readonly evaluator: Evaluator;
  readonly translated: TranslatedEngine;
}

/** More than any program of a test leaves to it: code that takes a wrong way may go to it for ever. */
const MOST_STEPS = 20e6;

class EndingEvaluator extends Evaluator {
  private steps = 0;

  override step(thread: number): Event {
    if (++this.steps > MOST_STEPS) throw new Error(`${MOST_STEPS} instructions evaluated without an end`);
    return super.step(thread);
  }
}

/** A translating engine, from the first visit on unless `hot` says otherwise, with the evaluator it falls back to. */
export function translatedOver(memory: WebAssembly.Memory, sf: boolean, fused: boolean, hot = 0): Pair {
  const evaluator = new EndingEvaluator(memory.buffer, { sf });
  const translated = new TranslatedEngine(memory, evaluator, { relaxedFma: fused, hot });
  return { memory, evaluator, translated };
}
