import type { RunResult } from './results.js';

/** A word as a POSIX shell takes it. */
export function shellWord(text: string): string {
  return /^[A-Za-z0-9_./:=,+@%-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}

/** The variant most operations have, then the exceptions: `vmx128,matmul=scalar`. */
export function kernelsText(kernels: Readonly<Record<string, string>>): string {
  const counts = new Map<string, number>();
  for (const variant of Object.values(kernels)) counts.set(variant, (counts.get(variant) ?? 0) + 1);
  const main = [...counts].sort((a, b) => b[1] - a[1])[0]?.[0] ?? '';
  const others = Object.entries(kernels).filter(([, variant]) => variant !== main);
  return [main, ...others.map(([op, variant]) => `${op}=${variant}`)].join(',');
}

/** The command line that repeats a run; put together from its settings where none was recorded. */
export function commandOf(run: RunResult): string {
  if (run.provenance !== undefined) return run.provenance.command;
  const { settings: s, model, machine } = run;
  const options: (readonly [string, string | number])[] = [
    ['model', model.name],
    ['prompt', s.prompt],
    ['steps', s.steps],
    ['temperature', s.temperature],
    ['top-p', s.topP],
    ['seed', s.seed],
    ['context', s.context],
    ['machine', machine.preset],
    ['threads', s.threads],
    ['placement', s.placement.join(',')],
    ['kernels', kernelsText(s.kernels)],
    ['endian', s.endian],
    ['quant', s.quant],
    ['mode', s.mode],
  ];
  return `xenon run ${options.map(([name, value]) => `--${name} ${shellWord(String(value))}`).join(' ')}`;
}

/** A value that came as JSON, as text: lists joined, objects as JSON. */
export function plainText(value: unknown): string {
  if (Array.isArray(value) && value.every((v) => typeof v !== 'object')) return value.join(', ');
  if (typeof value === 'object' && value !== null) return JSON.stringify(value);
  return String(value);
}

/** Leaves of a JSON value with their dotted paths, in order. */
export function flatten(value: unknown, path = ''): { path: string; value: unknown }[] {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return [{ path, value }];
  return Object.entries(value).flatMap(([key, inner]) =>
    flatten(inner, path === '' ? key : `${path}.${key}`),
  );
}
