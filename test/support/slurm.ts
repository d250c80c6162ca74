import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { hostname, userInfo } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

/** A Slurm cluster of this machine alone: munge, controller and node daemon in a folder of their own. */
export interface Cluster {
  /** Environment in which Slurm's commands find it. */
  readonly env: NodeJS.ProcessEnv;
  /** State of a job or of an array's tasks, `RUNNING`, `PENDING`, ...; empty when it is over and forgotten. */
  states(job: string): string[];
  /** What `scontrol show job` says. */
  show(job: string): string;
  stop(): Promise<void>;
}

const DAEMONS = ['/usr/sbin/munged', '/usr/sbin/slurmctld', '/usr/sbin/slurmd'];

/** Why there can be no cluster here; undefined where there can. */
export function noSlurm(): string | undefined {
  const missing = [...DAEMONS, '/usr/bin/sbatch'].filter((path) => !existsSync(path));
  if (missing.length > 0) return `no ${missing.join(', ')}: apt-get install slurm-wlm munge`;
  return userInfo().uid === 0 ? undefined : 'slurmd runs as root only';
}

export async function startCluster(folder: string): Promise<Cluster> {
  const at = (...parts: string[]) => join(folder, ...parts);
  const node = hostname().split('.')[0];
  for (const name of ['state', 'spool']) mkdirSync(at(name), { recursive: true });
  writeFileSync(at('munge.key'), randomBytes(128), { mode: 0o400 });
  const [control, daemon] = [await freePort(), await freePort()];
  writeFileSync(
    at('slurm.conf'),
    `ClusterName=xenon
SlurmctldHost=${node}(127.0.0.1)
SlurmUser=root
AuthType=auth/munge
CredType=cred/munge
# A job that was queued again waits until the credential of its last run is over.
AuthInfo=socket=${at('munge.socket')},cred_expire=5
SlurmctldPort=${control}
SlurmdPort=${daemon}
StateSaveLocation=${at('state')}
SlurmdSpoolDir=${at('spool')}
SlurmctldPidFile=${at('slurmctld.pid')}
SlurmdPidFile=${at('slurmd.pid')}
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
SchedulerParameters=sched_interval=1,bf_interval=1
ReturnToService=2
MpiDefault=none
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
SlurmdParameters=config_overrides
NodeName=${node} NodeAddr=127.0.0.1 CPUs=2 State=UNKNOWN
PartitionName=test Nodes=${node} Default=YES MaxTime=INFINITE State=UP
`,
  );
  const env = { ...process.env, SLURM_CONF: at('slurm.conf') };
  const daemons: ChildProcess[] = [];
  const start = (command: string, ...args: string[]): void => {
    daemons.push(spawn(command, args, { env, stdio: 'ignore' }));
  };
  const call = (command: string, ...args: string[]): string =>
    spawnSync(command, args, { env, encoding: 'utf8' }).stdout;
  start(
    DAEMONS[0],
    '--foreground',
    '--force',
    `--key-file=${at('munge.key')}`,
    `--socket=${at('munge.socket')}`,
    `--pid-file=${at('munged.pid')}`,
    `--log-file=${at('munged.log')}`,
    `--seed-file=${at('munged.seed')}`,
  );
  await until(() => existsSync(at('munge.socket')), 'munged');
  start(DAEMONS[1], '-D', '-L', at('slurmctld.log'));
  start(DAEMONS[2], '-D', '-L', at('slurmd.log'));
  const log = (name: string) => (existsSync(at(name)) ? readFileSync(at(name), 'utf8').slice(-2000) : '');
  await until(
    () => /^(idle|mix|alloc)/m.test(call('sinfo', '-h', '-o', '%t')),
    'the node',
    () => log('slurmctld.log') + log('slurmd.log'),
  );
  return {
    env,
    states: (job) => call('squeue', '-h', '-r', '-j', job, '-o', '%T').trim().split('\n').filter(Boolean),
    show: (job) => call('scontrol', 'show', 'job', job),
    async stop() {
      call('scancel', '--user=root');
      for (const child of daemons.reverse()) {
        const ended = new Promise((resolve) => child.once('exit', resolve));
        if (child.exitCode !== null || child.signalCode !== null) continue;
        child.kill('SIGTERM');
        await Promise.race([ended, sleep(5000, undefined, { ref: false })]);
        child.kill('SIGKILL');
      }
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Waits for something that other processes do. */
export async function until(
  is: () => boolean,
  what: string,
  details: () => string = () => '',
  seconds = 120,
): Promise<void> {
  for (let i = 0; i < 10 * seconds; i++) {
    if (is()) return;
    await sleep(100);
  }
  throw new Error(`${what} did not come within ${seconds} s: ${details()}`);
}

const freePort = (): Promise<number> =>
  new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0));
    });
  });
