import { type Profiler, type Runtime, Session } from 'node:inspector/promises';
import type { GuestMachine } from '../run/guest-machine.js';

/** Shares of host time, 0 to 1. */
export interface HostProfile {
  /** Translated guest code with its timing. */
  readonly wovenCode: number;
  /** The memory system behind the L1 caches. */
  readonly missPath: number;
  /** Finding regions and emitting their code, and the host compiling it. */
  readonly translate: number;
  /** Scheduling threads and entering translated code. */
  readonly scheduling: number;
  /** Single instructions by the evaluator, system calls. */
  readonly hostCalls: number;
  readonly other: number;
}

/** Makes the records that translated code takes its timing from; the timing model that it calls there belongs to it. */
const REMEMBERS = /engine\/timing-memo/;
const TRANSLATES = /engine\/(translate-|region|weave|wasm\/|code-cache|dataflow|translate\.)|timing\/rules/;
const SCHEDULES = /machine\/scheduler|engine\/translated|engine\/entry-table|machine\/xenon|observe\//;
/** Functions of WebAssembly modules are named by their sources. */
const MEMORY = 'sim/memory/wasm/';
const SCHEDULER = 'sim/machine/wasm/';
const EVALUATES = /engine\/|timing\/|isa\//;

/**
 * Where the time goes that `work` spends in functions of the name `within` and what they call, by sampling; most of a
 * millisecond between samples.
 */
export async function profileOf(
  work: () => Promise<unknown>,
  within: keyof GuestMachine,
): Promise<HostProfile> {
  const session = new Session();
  session.connect();
  await session.post('Profiler.enable');
  await session.post('Profiler.setSamplingInterval', { interval: 500 });
  await session.post('Profiler.start');
  await work();
  const { profile } = await session.post('Profiler.stop');
  session.disconnect();
  return shares(profile, within);
}

function shares({ nodes, samples = [], timeDeltas = [] }: Profiler.Profile, within: string): HostProfile {
  const kinds = kindsWithin(nodes, within);
  const time = { wovenCode: 0, missPath: 0, translate: 0, scheduling: 0, hostCalls: 0, other: 0 };
  let total = 0;
  for (const [i, id] of samples.entries()) {
    const kind = kinds.get(id);
    if (kind === undefined) continue;
    time[kind] += timeDeltas[i];
    total += timeDeltas[i];
  }
  const share = (value: number) => (total === 0 ? 0 : value / total);
  return {
    wovenCode: share(time.wovenCode),
    missPath: share(time.missPath),
    translate: share(time.translate),
    scheduling: share(time.scheduling),
    hostCalls: share(time.hostCalls),
    other: share(time.other),
  };
}

/** Of functions of a name, and of what they call, by the number of the node: what they do. */
function kindsWithin(
  nodes: readonly Profiler.ProfileNode[],
  name: string,
): ReadonlyMap<number, keyof HostProfile> {
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const kinds = new Map<number, keyof HostProfile>();
  const add = ({ id, callFrame, children = [] }: Profiler.ProfileNode, remembers: boolean): void => {
    const remembering = remembers || REMEMBERS.test(callFrame.url);
    kinds.set(id, remembering ? 'wovenCode' : kindOf(callFrame));
    for (const child of children) add(byId.get(child)!, remembering);
  };
  for (const node of nodes) if (node.callFrame.functionName === name && !kinds.has(node.id)) add(node, false);
  return kinds;
}

function kindOf({ functionName, url }: Runtime.CallFrame): keyof HostProfile {
  if (functionName.startsWith(MEMORY)) return 'missPath';
  if (functionName.startsWith(SCHEDULER)) return 'scheduling';
  // What is left of WebAssembly are guest code, what it calls for rare cases, and the search for records.
  if (url.startsWith('wasm://')) return 'wovenCode';
  if (functionName === 'Module' || functionName === 'Instance' || TRANSLATES.test(url)) return 'translate';
  if (SCHEDULES.test(url) || functionName.endsWith('Wrapper')) return 'scheduling';
  if (EVALUATES.test(url)) return 'hostCalls';
  return 'other';
}
