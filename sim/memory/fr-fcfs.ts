import type { DramCommand, DramTable } from './commands.js';

/** A line asked of one DRAM controller. */
export interface DramRequest {
  /** When it arrives, DRAM clocks. */
  readonly at: number;
  readonly bank: number;
  readonly row: number;
  readonly isWrite: boolean;
}

export interface FrFcfsOptions {
  /** Requests the scheduler looks at, oldest first; later ones wait outside. Reads and writes have a queue each. */
  readonly queueDepth: number;
  /** Column commands of a line. */
  readonly bursts: number;
  /** Clocks between refreshes, and when the first one is due. */
  readonly refreshInterval: number;
  readonly firstRefresh: number;
  /** Clocks after its last use that a row is closed; Infinity keeps rows open. */
  readonly rowIdle: number;
  /** Writes are begun when so many wait, or when nothing else is to do, and so many done in a row. */
  readonly writeBatch: number;
}

export interface FrFcfsResult {
  /** Of each request, in the order given: when its last data is through (the bus, for a write). */
  readonly done: readonly number[];
  readonly commands: readonly DramCommand[];
}

interface Waiting {
  readonly index: number;
  readonly request: DramRequest;
  left: number;
}

interface Bank {
  row: number | undefined;
  activateFrom: number;
  columnFrom: { read: number; write: number };
  prechargeFrom: number;
  used: number;
}

/**
 * A reference controller that knows all requests beforehand and walks through time clock by clock: first ready, first
 * come first served (Rixner et al., Memory Access Scheduling, ISCA 2000). Each clock gives at most one command: a
 * column command of the oldest request whose row is open; else what the oldest request needs, an activation, or a
 * precharge where no waiting request wants the open row. Reads go before writes, which come in batches.
 *
 * The memory system cannot wait to see later requests and answers at once; this says by how much that is off.
 */
export function frFcfs(
  requests: readonly DramRequest[],
  table: DramTable,
  options: FrFcfsOptions,
): FrFcfsResult {
  const { queueDepth, bursts, refreshInterval, rowIdle, writeBatch } = options;
  const data = table.burstTransfers / 2;
  const spacing = Math.max(table.tCcd, data);
  const readToWrite = table.casLatency + data + 2 - table.writeLatency;
  const writeToRead = table.writeLatency + data + table.tWtr;
  const done = new Array<number>(requests.length).fill(0);
  const commands: DramCommand[] = [];
  const order = requests.map((_, index) => index).sort((a, b) => requests[a].at - requests[b].at || a - b);
  const reads: Waiting[] = [];
  const writes: Waiting[] = [];
  const banks: Bank[] = Array.from({ length: table.banks }, () => ({
    row: undefined,
    activateFrom: 0,
    columnFrom: { read: 0, write: 0 },
    prechargeFrom: 0,
    used: 0,
  }));
  let nextActivate = 0;
  const nextColumn = { read: 0, write: 0 };
  let refreshDue = options.firstRefresh;
  let writing = 0;
  let arrived = 0;
  let now = order.length > 0 ? requests[order[0]].at : 0;
  const give = (kind: DramCommand['kind'], bank = 0, row = 0) =>
    commands.push({ kind, tick: now, controller: 0, bank, row });

  const precharge = (b: Bank) => {
    b.row = undefined;
    b.activateFrom = Math.max(b.activateFrom, now + table.tRp);
  };

  /** A column command of the oldest waiting request that can have one now. */
  const column = (queue: Waiting[], kind: 'read' | 'write'): boolean => {
    if (now < nextColumn[kind]) return false;
    const at = queue.findIndex(({ request }) => {
      const b = banks[request.bank];
      return b.row === request.row && now >= b.columnFrom[kind];
    });
    if (at < 0) return false;
    const waiting = queue[at];
    const { bank, row } = waiting.request;
    const b = banks[bank];
    give(kind === 'read' ? 'RD' : 'WR', bank, row);
    nextColumn[kind] = now + spacing;
    if (kind === 'read') {
      nextColumn.write = Math.max(nextColumn.write, now + readToWrite);
      b.prechargeFrom = Math.max(b.prechargeFrom, now + table.tRtp);
      b.used = now + table.casLatency + data;
    } else {
      nextColumn.read = Math.max(nextColumn.read, now + writeToRead);
      b.prechargeFrom = Math.max(b.prechargeFrom, now + table.writeLatency + data + table.tWr);
      b.used = now + table.writeLatency + data;
    }
    waiting.left--;
    if (waiting.left > 0) return true;
    queue.splice(at, 1);
    done[waiting.index] = b.used;
    if (kind === 'write' && writing > 0) writing--;
    return true;
  };

  /** An activation or a precharge for the oldest waiting request that can use one now. */
  const row = (queue: readonly Waiting[]): boolean => {
    const seen = new Set<number>();
    for (const { request } of queue) {
      const b = banks[request.bank];
      if (b.row === request.row || seen.has(request.bank)) continue;
      seen.add(request.bank);
      if (b.row === undefined) {
        if (now < Math.max(nextActivate, b.activateFrom)) continue;
        give('ACT', request.bank, request.row);
        b.row = request.row;
        b.activateFrom = now + table.tRc;
        b.columnFrom = { read: now + table.tRcdRead, write: now + table.tRcdWrite };
        b.prechargeFrom = now + table.tRas;
        b.used = now;
        nextActivate = now + table.tRrd;
        return true;
      }
      const isWanted = queue.some((w) => w.request.bank === request.bank && w.request.row === b.row);
      if (isWanted || now < b.prechargeFrom) continue;
      give('PRE', request.bank);
      precharge(b);
      return true;
    }
    return false;
  };

  const refresh = () => {
    const open = banks.filter((b) => b.row !== undefined);
    if (open.length > 0) {
      if (open.some((b) => now < b.prechargeFrom)) return;
      give('PREA');
      for (const b of open) precharge(b);
    } else if (banks.every((b) => now >= b.activateFrom - Math.max(0, table.tRc - table.tRas - table.tRp))) {
      give('REF');
      for (const b of banks) b.activateFrom = now + table.tRfc;
      refreshDue += refreshInterval;
    }
  };

  const closeIdle = () => {
    const bank = banks.findIndex(
      (b) => b.row !== undefined && now > b.used + rowIdle && now >= b.prechargeFrom,
    );
    if (bank < 0) return;
    give('PRE', bank);
    precharge(banks[bank]);
  };

  for (;;) {
    while (arrived < order.length && requests[order[arrived]].at <= now) {
      const index = order[arrived];
      const queue = requests[index].isWrite ? writes : reads;
      if (queue.length === queueDepth) break;
      queue.push({ index, request: requests[index], left: bursts });
      arrived++;
    }
    const isEmpty = reads.length + writes.length === 0;
    if (isEmpty && arrived === order.length) break;
    if (isEmpty && rowIdle === Number.POSITIVE_INFINITY && now < refreshDue) {
      now = Math.min(Math.max(now + 1, requests[order[arrived]].at), refreshDue);
      continue;
    }
    if (now >= refreshDue - table.tRp) refresh();
    else {
      if (writing === 0 && (writes.length >= writeBatch || reads.length === 0)) {
        writing = Math.min(writes.length, writeBatch);
      }
      const [queue, kind] = writing > 0 ? ([writes, 'write'] as const) : ([reads, 'read'] as const);
      if (!column(queue, kind) && !row(queue)) closeIdle();
    }
    now++;
  }
  return { done, commands };
}
