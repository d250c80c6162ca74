import { freeze, produce } from 'immer';
import { nearest } from '../asm/nearest.js';
import { checkMachine } from './check.js';
import { UsageError } from './errors.js';
import { allowed, parseQuantity } from './quantity.js';
import { isParam, leaves, type Param, type ParamTree } from './record.js';
import type { MachineConfig } from './xbox360.js';

/**
 * A machine with some values set by the user: `['l2.sizeBytes=2MiB', 'core.latency.vectorFloat=10']`. A set value
 * counts as exactly known. What cannot be is a UsageError that names the path, the value and what is allowed.
 */
export function applyOverrides(machine: MachineConfig, overrides: readonly string[]): MachineConfig {
  let result = machine;
  for (const override of overrides) {
    const equals = override.indexOf('=');
    if (equals <= 0) throw new UsageError(`cannot read the setting '${override}': write path=value`);
    result = setValue(result, override.slice(0, equals).trim(), override.slice(equals + 1));
  }
  if (overrides.length > 0) {
    const problems = checkMachine(result);
    if (problems.length > 0) {
      throw new UsageError(
        `the settings ${overrides.join(' ')} do not make a machine: ${problems.join('; ')}`,
      );
    }
  }
  return result;
}

function setValue(machine: MachineConfig, path: string, text: string): MachineConfig {
  const param = paramAt(machine, path);
  if (param.recorded)
    throw new UsageError(
      `${path} is only recorded: nothing depends on it, and setting it would change nothing`,
    );
  const value = parseQuantity(param, text, machine.clock.value);
  if (value === undefined)
    throw new UsageError(`bad value '${text}' for ${path} (${shown(param)}): give ${allowed(param)}`);
  return withValue(machine, path, value, { source: 'user', grade: 'override' });
}

/** A machine with one value replaced and pinned; `origin` says by whom. Unknown paths are UsageErrors. */
export function withValue(
  machine: MachineConfig,
  path: string,
  value: number | boolean | string,
  origin: Pick<Param, 'source' | 'grade'>,
): MachineConfig {
  const before = paramAt(machine, path);
  const names = path.split('.');
  const next = produce(machine as ParamTree, (draft) => {
    let node = draft as Record<string, unknown>;
    for (const name of names.slice(0, -1)) node = node[name] as Record<string, unknown>;
    const bounds = typeof value === 'number' ? { low: value, high: value } : { choices: [value] };
    const note = `was ${shown(before)} (${before.source}, ${before.grade})`;
    const keepChoices = before.unit === 'choice' ? { choices: before.choices } : bounds;
    node[names[names.length - 1]] = {
      ...before,
      ...keepChoices,
      ...origin,
      value,
      distribution: 'fixed',
      note,
    };
  });
  return freeze(next, true) as MachineConfig;
}

/** The record at a dotted path, or a UsageError with the nearest path there is. */
export function paramAt(machine: MachineConfig, path: string): Param {
  let node: Param | ParamTree = machine;
  for (const name of path.split('.')) {
    if (isParam(node) || !Object.hasOwn(node, name)) throw noSuchPath(machine, path);
    node = node[name];
  }
  if (isParam(node)) return node;
  throw new UsageError(
    `${path} is a group of settings: ${Object.keys(node)
      .map((name) => `${path}.${name}`)
      .join(', ')}`,
  );
}

function noSuchPath(machine: MachineConfig, path: string): UsageError {
  const paths = leaves(machine).map((leaf) => leaf.path);
  const last = path.split('.').at(-1)?.toLowerCase() ?? '';
  // The right name under a wrong or forgotten group is a likelier slip than many typing errors.
  const sameName = paths.find((candidate) => candidate.toLowerCase().split('.').at(-1) === last);
  // Next likeliest: a shortened name inside the right group.
  const group = path.split('.').slice(0, -1).join('.');
  const inGroup = paths.filter((candidate) => candidate.startsWith(`${group}.`));
  const near = nearest(path, paths) ?? sameName ?? inGroup.find((candidate) => candidate.startsWith(path));
  const hint =
    near !== undefined
      ? `; did you mean ${near}?`
      : inGroup.length > 0
        ? `; ${group} has ${inGroup.join(', ')}`
        : `; groups are ${Object.keys(machine).join(', ')}`;
  return new UsageError(`no setting '${path}' in this machine${hint}`);
}

const shown = (param: Param): string =>
  typeof param.value === 'number'
    ? `${param.value} ${param.unit === 'B' ? 'bytes' : param.unit}`
    : String(param.value);
