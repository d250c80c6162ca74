import { prefillPieces } from '../../models/batch.js';
import { withActivations } from '../../models/checkpoint/tensors.js';
import { AUTO, needsVmx128, readsLittle } from '../../models/code.js';
import { poolAllocator } from '../../models/memory.js';
import { buildProgram, type GuestProgram } from '../../models/program.js';
import { UsageError } from '../../sim/machine/errors.js';
import { applyOverrides } from '../../sim/machine/overrides.js';
import { presetNamed } from '../../sim/machine/presets.js';
import { type Machine, resolve } from '../../sim/machine/resolve.js';
import { newMemory } from '../../sim/machine/xenon.js';
import { MemoryFull, newMemoryPool } from '../../sim/memory/pool.js';
import { MemoryView } from '../../sim/observe/memory-view.js';
import { StallTable } from '../../sim/observe/stall-table.js';
import { kernelNames, kernelSource } from '../node/files.js';
import { GuestMachine } from './guest-machine.js';
import { GuestRun } from './guest-run.js';
import { type Fit, planStream, tooLarge } from './memory-report.js';
import { Occupancy } from './memory-view.js';
import { chatPrompt, type OpenModel, openModel } from './model.js';
import { Onlookers } from './onlookers.js';
import { checkPlacement, checkWarming, oneOf, type RunRequest } from './request.js';
import { RunAccount } from './run-account.js';
import type { RunObserver, Seeing } from './run-observer.js';
import { WeightDevice, withDevice } from './stream.js';
import { worksFor } from './works.js';

/** What a request resolves to: a machine with its program, nothing loaded yet. */
export type Prepared = ReturnType<typeof prepare>;

/** Makes the machine and its program. Throws UsageError for bad input, MemoryFull when the model does not fit. */
export function prepare(request: RunRequest, observer: RunObserver = {}) {
  const config = applyOverrides(presetNamed(request.machine), request.overrides);
  const machine = resolve(request.machine, config);
  checkPlacement(machine, request.placement);
  if (request.mode === 'sampled') checkWarming(machine);
  const model = openModel(request.model, request.tokenizer, request.seed);
  const { shape } = model.checkpoint;
  const steps = request.steps === 0 ? shape.sequence : request.steps;
  const context = request.context ?? steps;
  if (steps > shape.sequence) {
    throw new UsageError(
      `--steps ${steps} is beyond the context of ${model.name}, ${shape.sequence} positions`,
    );
  }
  if (steps > context) throw new UsageError(`--steps ${steps} does not fit --context ${context}`);
  const { tokenizer } = model;
  const prompt = request.chat ? chatPrompt(model, request.prompt) : tokenizer.encode(request.prompt);
  if (prompt.length > steps) {
    throw new UsageError(
      `the prompt has ${prompt.length} tokens: --steps must be at least that, it is ${steps}`,
    );
  }
  if (model.synthetic) {
    const text = request.skipTokens ? '' : ', the text means nothing';
    observer.onMessage?.(`${model.name}: synthetic weights${text}`);
  }

  checkKernels(request.kernels);
  const batches = prefillPieces(prompt.length, request.prefillBatch);
  if (request.logits !== undefined && batches.some((size) => size > 1))
    throw new UsageError('--logits writes a row for each position: leave --prefill-batch at 1');
  const fit: Fit = {
    checkpoint: withActivations(model.checkpoint, request.activations),
    endian: request.endian,
    quant: request.quant,
    kvCache: request.kvCache,
    context,
    threads: request.placement.length,
    batches,
    sampling: request.temperature > 0,
  };
  const stream = request.stream === undefined ? undefined : planStream(machine, fit);
  if (request.stream !== undefined && stream === undefined)
    observer.onMessage?.(`${model.name}: everything fits, nothing is streamed`);
  const isSeen = request.mode === 'detailed' && (request.stack === true || observer.onSeen !== undefined);
  const memory = newMemory({ observed: isSeen });
  const pool = newMemoryPool(machine);
  const program = fitting(machine, model, { ...fit, stream }, () =>
    buildProgram({
      checkpoint: model.checkpoint,
      sources: kernelSource,
      kernels: request.kernels,
      endian: request.endian,
      quant: request.quant,
      threads: request.placement.length,
      context,
      batches,
      kvCache: request.kvCache,
      ...(request.activations === undefined ? {} : { activations: request.activations }),
      ...(stream === undefined ? {} : { stream }),
      ...(request.weightsAt === undefined ? {} : { weightsAt: request.weightsAt }),
      sampling: { temperature: request.temperature, topP: request.topP, seed: BigInt(request.seed) || 1n },
      addressBase: machine.memoryMap.linkAddress,
      allocate: poolAllocator(pool),
    }),
  );
  const foreign = machine.core.vmx128 ? [] : program.code.filter(needsVmx128).map(({ name }) => name);
  if (foreign.length > 0) {
    observer.onMessage?.(
      `${machine.name} has no VMX128: ${foreign.join(', ')} could not run there, and are timed as if they could; ` +
        '--kernels scalar can',
    );
  }
  const seeing: Seeing = isSeen ? seeingOf(program, observer) : {};
  const device = stream === undefined ? undefined : new WeightDevice(machine, request.stream!);
  const shared = device === undefined ? machine : withDevice(machine, device.name);
  const time = request.mode === 'functional' ? 'functional' : 'detailed';
  const works = worksFor(request.engine, time, memory, shared, seeing);
  works.counted?.mapPages(pool.regions());
  const onlookers = new Onlookers(seeing, works);
  const guest = new GuestMachine(machine, request.placement, program, memory, works, onlookers, observer);
  const account = new RunAccount(guest, device);
  const run = new GuestRun(request, program, tokenizer, guest, account, device, observer, seeing.timeline);
  return {
    config,
    machine,
    memory,
    model,
    steps,
    context,
    prompt,
    fit,
    batches,
    stream,
    pool,
    program,
    device,
    seeing,
    onlookers,
    guest,
    account,
    run,
  };
}

/** Who looks on at a run of a program: all there is to see, and whom the observer sends. */
function seeingOf({ sites }: GuestProgram, observer: RunObserver): Seeing {
  const runtime = ['barrier', 'dispatch'].map((op) => ({ op, site: op, layer: -1 }));
  return {
    // A site for what belongs to none comes last, after those for barriers and the tape.
    stalls: new StallTable(sites.length + 3),
    occupancy: new Occupancy(),
    view: new MemoryView(),
    ...observer.watching?.([...sites, ...runtime]),
  };
}

/** What `build` makes, or everything about why the machine cannot hold it. */
function fitting<T>(machine: Machine, model: OpenModel, fit: Fit, build: () => T): T {
  try {
    return build();
  } catch (error) {
    throw error instanceof MemoryFull ? tooLarge(machine, model, fit, error) : error;
  }
}

/** Refuses variants that no kernel file has, naming those there are. */
function checkKernels({ variant, ops }: RunRequest['kernels']): void {
  const names = kernelNames();
  const variantsOf = (op: string) =>
    names
      .filter((name) => name.startsWith(`${op}.`) && !readsLittle(name))
      .map((name) => name.slice(op.length + 1));
  const check = (op: string, wanted: string, what: string) => {
    const variants = variantsOf(op);
    // An unknown operation is the program's to refuse.
    if (variants.length > 0) oneOf(wanted, variants, what);
  };
  if (variant !== AUTO) {
    check('matmul', variant, '--kernels');
    // Every operation has what the norm has; the others are matmul's alone.
    if (!variantsOf('rmsnorm').includes(variant))
      throw new UsageError(`--kernels ${variant}: only matmul has it, write vmx128,matmul=${variant}`);
  }
  for (const [op, wanted] of Object.entries(ops)) check(op, wanted, `--kernels ${op}=`);
}
