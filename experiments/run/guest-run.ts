import { prefillPieces } from '../../models/batch.js';
import type { GuestProgram } from '../../models/program.js';
import type { Tokenizer } from '../../models/tokenizer/tokenizer.js';
import type { PhaseCost, PositionCost } from '../../reports/results.js';
import type { SavedXenon } from '../../sim/machine/xenon.js';
import type { FedPass, Sampling } from './fed-pass.js';
import type { GuestMachine } from './guest-machine.js';
import { type Loading, load, NOT_LOADED } from './loading.js';
import { LogitsFile } from './logits-file.js';
import { between, type PassCost } from './pass-cost.js';
import type { RunRequest } from './request.js';
import type { RunAccount } from './run-account.js';
import type { RunObserver } from './run-observer.js';
import type { RunTimeline } from './run-timeline.js';
import type { WeightDevice } from './stream.js';
import { Transcript } from './transcript.js';

/** What a run that has been loaded knows besides its linear memory. */
export interface SavedRun {
  readonly xenon: SavedXenon;
  readonly loading: Loading;
  readonly phase: PhaseCost | undefined;
}

/** A program's run on a machine: loading, then one forward pass after another. */
export class GuestRun {
  loading = NOT_LOADED;
  readonly positions: PositionCost[] = [];
  /** The observer has ended it before its last position. */
  interrupted = false;

  constructor(
    private readonly request: RunRequest,
    private readonly program: GuestProgram,
    private readonly tokenizer: Tokenizer,
    readonly guest: GuestMachine,
    private readonly account: RunAccount,
    private readonly device: WeightDevice | undefined,
    private readonly observer: RunObserver,
    private readonly timeline: RunTimeline | undefined,
  ) {}

  load(): void {
    this.loading = load(this.guest, this.program);
    this.account.endLoading(this.guest.seconds(this.loading.cycles));
  }

  /** After `load`: see SavedRun. */
  save(): SavedRun {
    return { xenon: this.guest.save(), loading: this.loading, phase: this.account.phases?.[0] };
  }

  /** In place of `load`, with the bytes of memory as they were at `save`. */
  restore({ xenon, loading, phase }: SavedRun): void {
    this.guest.restore(xenon);
    this.loading = loading;
    this.account.resume(phase);
  }

  /** Forwards position after position, each in detail unless `sampling` says otherwise. */
  async generate(prompt: readonly number[], steps: number, sampling?: Sampling): Promise<Transcript> {
    const { account, guest, positions, program } = this;
    const { ignoreEos, logits: path, prefillBatch } = this.request;
    const logits = path === undefined ? undefined : new LogitsFile(path);
    const transcript = new Transcript(this.tokenizer, prompt[0]);
    const { tokens } = transcript;
    const pieces = prefillPieces(prompt.length, prefillBatch);
    for (let position = 0; position < steps; ) {
      const count = pieces.shift() ?? 1;
      const end = position + count;
      const fed = tokens.concat(prompt.slice(tokens.length, end)).slice(position, end);
      const isPrompt = end < prompt.length;
      const began = guest.cycles();
      const what = count > 1 ? `positions ${position + 1} to ${end}/${steps}` : `position ${end}/${steps}`;
      const cost = this.next({ position, tokens: fed, draws: !isPrompt }, what, sampling);
      logits?.keep(program.logits(guest.bytes));
      account.endPass(position, count, prompt.length);
      const together = count > 1 ? { together: count } : {};
      fed.forEach((token, i) => {
        const isDrawn = i === count - 1 && !isPrompt;
        const next = isDrawn ? program.next(guest.bytes) : prompt[position + i + 1];
        const piece = transcript.add(next);
        positions.push({ position: position + i, token, piece, ...cost, ...together });
        if (!transcript.ends(next)) this.observer.onText?.(piece);
      });
      this.timeline?.token(position, positions.at(-1)!.piece, began, guest.cycles());
      position = end;
      if (!isPrompt && !ignoreEos && transcript.ends(tokens.at(-1)!)) break;
      // Lets output drain, and signals arrive, between tokens.
      await new Promise((go) => setImmediate(go));
      if (this.observer.goesOn?.() === false && position < steps) {
        this.interrupted = true;
        break;
      }
    }
    logits?.write();
    return transcript;
  }

  /** One forward pass; returns what each of its positions has cost. */
  private next(
    pass: FedPass,
    what: string,
    sampling: Sampling | undefined,
  ): Pick<PositionCost, 'seconds' | 'dramReadBytes'> {
    const { account, guest } = this;
    const count = pass.tokens.length;
    const before = account.elapsed();
    const { read } = guest.bytesMoved();
    if (sampling === undefined) {
      this.feed(pass);
      this.forward(what);
    } else if (sampling.isMeasured(pass.position)) sampling.note(pass, this.measure(pass, what));
    else this.warm(pass, what);
    return {
      seconds: guest.seconds(account.elapsed() - before) / count,
      dramReadBytes: (guest.bytesMoved().read - read) / count,
    };
  }

  /** What a pass costs, on the caches as they are. */
  measure(pass: FedPass, what = `position ${pass.position + 1}`): PassCost {
    this.feed(pass);
    const before = this.account.cost()!;
    this.forward(what);
    return between(before, this.account.cost()!);
  }

  /** Makes a pass that only keeps the caches warm. */
  warm(pass: FedPass, what = `position ${pass.position + 1}`): void {
    this.feed(pass);
    this.guest.warm(what);
  }

  private feed({ position, tokens, draws }: FedPass): void {
    this.program.feed(this.guest.bytes, tokens, position, draws);
  }

  /** In detail: as many starts as layers have to be brought, and one. */
  private forward(what: string): void {
    const { account, guest } = this;
    guest.runThreads(what, this.speed());
    let isFirst = true;
    for (const layer of this.program.streamed) {
      this.device?.bring(layer, isFirst, account.elapsed());
      layer.bring(guest.bytes);
      guest.runThreads(`${what}, layer ${layer.layer}`, this.speed());
      this.device?.release(layer, account.elapsed());
      isFirst = false;
    }
  }

  /** What progress tells of the positions so far. */
  private speed(): string {
    const { positions } = this;
    const seconds = positions.reduce((sum, p) => sum + p.seconds, 0);
    return seconds > 0 ? `${(positions.length / seconds).toFixed(2)} tokens/s simulated, ` : '';
  }

  /** Makes the estimate of a sampled run its result. `costs`, weighted so, give the total. */
  adopt(positions: readonly PositionCost[], costs: readonly PassCost[], weights: readonly number[]): void {
    this.positions.splice(0, this.positions.length, ...positions);
    this.account.adopt(costs, weights);
  }
}
