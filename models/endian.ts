/** How little-endian weights become usable on a big-endian machine. */
export interface Strategy {
  readonly meaning: string;
  /** Variant of the kernels that turn numbers round; none where the file is in order. */
  readonly swap?: 'scalar' | 'lwbrx' | 'vperm';
  /** Whether all threads turn, or the first one for all. */
  readonly threads?: 'one' | 'all';
  /** Into a second buffer; otherwise in place. */
  readonly copies?: true;
  /** Begins with what has been read while the device still reads. */
  readonly overlaps?: true;
  /** Turns a matrix where the first forward pass comes to it. */
  readonly lazy?: true;
  /** Matrices stay as they are: ending of the kernels that turn their numbers each time. */
  readonly fused?: 'le' | 'lwbrx';
}

const STRATEGIES = {
  offline: { meaning: 'the file was converted beforehand; nothing to do' },
  'load-copy': {
    meaning: 'one thread turns the file buffer word by word (lwbrx) into a second, aligned buffer; both stay',
    swap: 'lwbrx',
    threads: 'one',
    copies: true,
  },
  'load-scalar': {
    meaning: 'one thread turns in place with shifts and masks',
    swap: 'scalar',
    threads: 'one',
  },
  'load-lwbrx': {
    meaning: 'one thread turns in place by byte-reversed loads (lwbrx)',
    swap: 'lwbrx',
    threads: 'one',
  },
  'load-vperm': { meaning: 'all threads turn in place with vperm', swap: 'vperm', threads: 'all' },
  'overlap-vperm': {
    meaning: 'as load-vperm, piece by piece while the device still reads the rest of the file',
    swap: 'vperm',
    threads: 'all',
    overlaps: true,
  },
  'lazy-vperm': {
    meaning: 'the first forward pass turns each matrix with vperm just before it uses it',
    swap: 'vperm',
    threads: 'all',
    lazy: true,
  },
  'fused-vperm': {
    meaning: 'matrices stay little-endian and are turned by vperm inside the matmul kernel',
    swap: 'vperm',
    threads: 'one',
    fused: 'le',
  },
  'fused-lwbrx': {
    meaning:
      'matrices stay little-endian; the matmul kernel turns numbers by lwbrx and takes them to the vector ' +
      'unit through memory (load-hit-store)',
    swap: 'lwbrx',
    threads: 'one',
    fused: 'lwbrx',
  },
} as const satisfies Readonly<Record<string, Strategy>>;

export type EndianStrategy = keyof typeof STRATEGIES;
export const ENDIAN_STRATEGIES = Object.keys(STRATEGIES) as EndianStrategy[];
export const strategyOf = (endian: EndianStrategy): Strategy => STRATEGIES[endian];
