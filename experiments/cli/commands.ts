import type { Command } from 'commander';

export type Register = (program: Command) => void;

interface CommandModule {
  readonly names: readonly string[];
  readonly load: () => Promise<Register>;
}

/** Every command, in the order of `xenon --help`; loaded when asked for, since loading all takes half a second. */
const MODULES: readonly CommandModule[] = [
  { names: ['start'], load: async () => (await import('./start.js')).registerStart },
  { names: ['run'], load: async () => (await import('./run.js')).registerRun },
  {
    names: ['experiment', 'experiments'],
    load: async () => (await import('./experiment.js')).registerExperiment,
  },
  { names: ['report'], load: async () => (await import('./report.js')).registerReport },
  { names: ['exec'], load: async () => (await import('./exec.js')).registerExec },
  { names: ['annotate'], load: async () => (await import('./annotate.js')).registerAnnotate },
  { names: ['trace'], load: async () => (await import('./trace.js')).registerTrace },
  { names: ['roofline'], load: async () => (await import('./roofline.js')).registerRoofline },
  { names: ['asm', 'disasm'], load: async () => (await import('./assembly.js')).registerAssembly },
  { names: ['conform'], load: async () => (await import('./conform.js')).registerConform },
  { names: ['convert'], load: async () => (await import('./convert.js')).registerConvert },
  { names: ['precision'], load: async () => (await import('./precision.js')).registerPrecision },
  { names: ['validate'], load: async () => (await import('./validate.js')).registerValidate },
  { names: ['bench'], load: async () => (await import('./bench.js')).registerBench },
  {
    names: ['machines', 'models', 'kernels', 'isa'],
    load: async () => (await import('./listings.js')).registerListings,
  },
];

/** What registers the command that is asked for; of all commands where none of them is. */
export function commandsFor(name: string | undefined): Promise<Register[]> {
  const own = MODULES.filter(({ names }) => name !== undefined && names.includes(name));
  return Promise.all((own.length > 0 ? own : MODULES).map(({ load }) => load()));
}
