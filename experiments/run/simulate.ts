import { availableParallelism } from 'node:os';
import { footprint } from '../../models/footprint.js';
import type { RunResult } from '../../reports/results.js';
import { describeMachine } from '../../sim/machine/describe.js';
import { checkout } from '../node/package.js';
import { sample } from '../sampling/sample.js';
import { loadSnapshot, saveSnapshot } from '../snapshot/run.js';
import { hotspotsOf } from './hotspots.js';
import { memoryPressure } from './memory-report.js';
import { activationsOf, precisionOf } from './model.js';
import { prepare } from './prepare.js';
import type { RunRequest } from './request.js';
import type { RunObserver } from './run-observer.js';
import { simulatedOf, timesOf } from './run-results.js';
import { rooflineOf } from './run-roofline.js';
import { streamingOf } from './stream.js';

export type { RunObserver } from './run-observer.js';

/** Runs a request to its end. Throws as `prepare` does. */
export async function simulate(request: RunRequest, observer: RunObserver = {}): Promise<RunResult> {
  const began = performance.now();
  // Found out while the run goes on.
  const source = checkout();
  const prepared = prepare(request, observer);
  const { config, machine, model, steps, context, prompt } = prepared;
  const { fit, stream, pool, program, device, seeing, onlookers, guest, account, run } = prepared;
  const { shape } = model.checkpoint;
  if (request.fromSnapshot !== undefined) loadSnapshot(request.fromSnapshot, request, prepared);
  else run.load();
  if (request.saveSnapshot !== undefined) saveSnapshot(request.saveSnapshot, request, prepared);
  const loadSeconds = (performance.now() - began) / 1000;
  const sampled = request.mode === 'sampled' ? await sample(prepared, request) : undefined;
  const { tokens, text } = sampled ?? (await run.generate(prompt, steps));
  const seconds = (performance.now() - began) / 1000;
  const hardware = account.hardware();
  const phases = request.mode === 'detailed' ? account.phases : undefined;
  const stacks = onlookers.stacks(request.placement, guest.sites);
  const { stalls, timeline } = seeing;
  if (stalls !== undefined) {
    observer.onSeen?.({
      stalls,
      code: program.code,
      bytes: guest.bytes,
      machine,
      timeline,
      cycles: guest.cycles(),
      regions: pool.regions(),
    });
  }
  const seen = {
    ...(stacks === undefined ? {} : { stacks }),
    ...(request.stack && stalls !== undefined
      ? {
          hotspots: hotspotsOf(prepared, stalls),
          memoryView: onlookers.memoryView(program.tensors, pool.regions()),
        }
      : {}),
  };
  const ops = account.ops();
  const simulated = simulatedOf(machine, run.loading, run.positions, account.total(), prompt.length);
  return {
    schema: 'xenon-run/1',
    tokens,
    text: request.skipTokens ? null : text,
    ...(run.interrupted ? { interrupted: true } : {}),
    promptTokens: prompt.length,
    model: { name: model.name, sha256: model.sha256, shape, synthetic: model.synthetic },
    machine: {
      preset: request.machine,
      ...Object.fromEntries(describeMachine(config).map(({ path, value }) => [path, value])),
    },
    settings: {
      threads: request.placement.length,
      placement: request.placement,
      kernels: Object.fromEntries(
        program.code.filter((u) => u.op !== 'runtime').map((u) => [u.op, u.variant]),
      ),
      endian: request.endian,
      quant: precisionOf(model.checkpoint, request.quant),
      activations: activationsOf(fit.checkpoint, request.quant),
      kvCache: request.kvCache,
      prefillBatch: request.prefillBatch,
      ...(stream === undefined ? {} : { stream: request.stream }),
      ...(request.weightsAt === undefined ? {} : { weightsAt: request.weightsAt }),
      chat: request.chat,
      mode: request.mode,
      ...(request.skipTokens ? { skipTokens: true } : {}),
      engine: request.engine,
      prompt: request.prompt,
      steps,
      temperature: request.temperature,
      topP: request.topP,
      seed: request.seed,
      ignoreEos: request.ignoreEos,
      context,
      overrides: request.overrides,
    },
    simulated: {
      ...simulated,
      peakMemoryBytes: pool.peakBytes(),
      ...(sampled === undefined ? {} : { interval: sampled.interval }),
    },
    ...(hardware === undefined ? {} : { hardware }),
    ops,
    ...(phases === undefined ? {} : { phases }),
    ...seen,
    ...(request.stack && hardware !== undefined
      ? { roofline: rooflineOf(prepared, request.placement, ops, simulated) }
      : {}),
    positions: run.positions,
    memory: memoryPressure(
      machine,
      { ...fit, stream },
      pool,
      footprint(pool.regions(), shape, request.kvCache, timesOf(machine, run.loading, run.positions)),
    ),
    ...(device === undefined
      ? {}
      : { streaming: streamingOf(program, device, guest.hasTime ? guest.seconds(device.waitCycles) : 0) }),
    memoryMap: pool.regions().map(({ name, owner, start, bytes }) => ({ name, owner, start, bytes })),
    host: {
      seconds,
      loadSeconds,
      mips: guest.mips(),
      node: process.version,
      v8: process.versions.v8,
      cores: availableParallelism(),
      ...(await source),
    },
  };
}
