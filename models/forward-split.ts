import type { Checkpoint, TensorName } from './checkpoint/tensors.js';
import { CONTROL_BYTES } from './control.js';
import type { KvCache } from './kv-cache.js';
import type { Layout, Placed } from './layout.js';
import { type Call, type Site, share, type TapeBuilder, type Target } from './tape.js';
import { headSize, kvDim, ropeLayout } from './zoo.js';

export interface ForwardRequest {
  readonly checkpoint: Checkpoint;
  readonly threads: number;
  readonly greedy: boolean;
  readonly kvCache: KvCache;
  /** Positions that go through the layers together: 1, or several of a prompt. */
  readonly positions: number;
  /** Turns numbers of a matrix round before they are first used. */
  readonly turn?: Turn | undefined;
}

/** The operation that turns a matrix, and bytes a number; undefined where it is in order. */
export type Turn = (
  name: TensorName,
  layer: number,
) => { readonly op: string; readonly numberBytes: number } | undefined;

/** Vector kernels work on whole quadwords, so a thread's share of a vector begins on one. */
export const QUAD = 4;
/** Where there is plenty of rows, shares begin on a cache line, so that threads do not write into the same one. */
export const LINE_FLOATS = 32;

export type Place = Pick<Site, 'op' | 'site' | 'layer'>;
/** How the work of a forward pass is shared out over threads and positions, and what is where. */
export class ForwardSplit {
  /** Numbers of a head, and of one position of the key cache. */
  readonly size: number;
  readonly kv: number;
  readonly halfSplit: boolean;
  /** A head's rows are of several threads, and one needs all of them. */
  readonly wholeHeads: boolean;
  protected readonly batched: boolean;
  protected readonly rows: readonly number[];

  constructor(
    protected readonly tape: TapeBuilder,
    protected readonly request: ForwardRequest,
    protected readonly layout: Layout,
    protected readonly target: Target,
  ) {
    const { checkpoint, kvCache, positions } = request;
    this.size = headSize(checkpoint.shape);
    this.kv = kvDim(checkpoint.shape);
    this.halfSplit = ropeLayout(checkpoint.shape) === 'half-split';
    this.wholeHeads = this.halfSplit || kvCache === 'int8';
    this.batched = positions > 1;
    this.rows = Array.from({ length: positions }, (_, row) => row);
  }

  protected address(physical: number): number {
    return this.target.address(physical);
  }

  protected control(row: number): number {
    return this.address(this.layout.control) + CONTROL_BYTES * row;
  }

  protected tensor(name: TensorName, layer: number): Placed {
    return this.layout.tensor(name, Math.max(layer, 0));
  }

  protected siteName(site: string, layer: number, row?: number): string {
    const place = layer < 0 ? site : `layer ${layer} ${site}`;
    if (!this.batched) return place;
    return row === undefined
      ? `${place}, ${this.rows.length} positions`
      : `${place}, ${row + 1} of ${this.rows.length} positions`;
  }

  /** Calls a kernel for each thread's share of `count` rows; shares are whole granules. */
  protected splitBy(
    granule: number,
    { op, site, layer }: Place,
    count: number,
    callOf: (start: number, rows: number, thread: number) => Call,
    when = 0,
  ): void {
    const { threads } = this.request;
    this.tape.add(
      { op, site, layer },
      (thread) => {
        const { start, end } = share(count, thread, threads, granule);
        return start === end ? undefined : callOf(start, end - start, thread);
      },
      when,
    );
  }

  protected granuleOf(count: number): number {
    return count >= 4 * LINE_FLOATS * this.request.threads ? LINE_FLOATS : QUAD;
  }

  /** The same kernel for every position; `vectors` are rows of activations. */
  protected each(
    granule: number,
    { op, kernel = op, site, layer }: Place & { kernel?: string },
    count: number,
    callOf: (row: number, start: number, rows: number) => Omit<Call, 'kernel'>,
  ): void {
    for (const row of this.rows) {
      this.splitBy(granule, { op, site: this.siteName(site, layer, row), layer }, count, (start, rows) => ({
        kernel: this.target.kernel(kernel),
        ...callOf(row, start, rows),
      }));
    }
  }

  /** Position by position, each by one thread. */
  protected spread(place: Place, callOf: (row: number) => Call): void {
    const { threads } = this.request;
    for (const row of this.rows) {
      this.tape.add({ ...place, site: this.siteName(place.site, place.layer, row) }, (thread) =>
        thread === row % threads ? callOf(row) : undefined,
      );
    }
  }
}
