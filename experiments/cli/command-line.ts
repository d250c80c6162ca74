import { Command, CommanderError } from 'commander';
import { RunError, UsageError } from '../../sim/machine/errors.js';
import { refusalOf, requireWritable } from '../node/files.js';
import { packageVersion } from '../node/package.js';
import { commandsFor } from './commands.js';

/** Exit status: 0 done, 1 the run failed or a check found a difference, 2 bad usage or bad input; INTERRUPTED besides. */
const FAILED = 1;
const USAGE = 2;

/** Options that name files to write. */
const WRITTEN = [
  'html',
  'json',
  'kanata',
  'logits',
  'markdown',
  'memory',
  'output',
  'saveSnapshot',
  'timeline',
];

/**
 * Does what the words behind `xenon` say. Returns the exit status of what ends by an error, whose message goes to `say`;
 * else 0, and a command that has another status to tell sets that of the process.
 */
export async function commandLine(words: readonly string[], say: (text: string) => void): Promise<number> {
  const program = new Command('xenon')
    .description('A cycle-approximate Xbox 360 that runs language models')
    .version(packageVersion())
    .showSuggestionAfterError()
    .exitOverride()
    .configureOutput({ writeErr: say })
    .configureHelp({ sortSubcommands: false })
    .hook('preAction', (_, command) => refuseUnwritable(command));
  for (const register of await commandsFor(words[0])) register(program);
  for (const command of program.commands) command.exitOverride().showSuggestionAfterError();
  try {
    await program.parseAsync(words, { from: 'user' });
    return 0;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : USAGE;
    if (error instanceof UsageError || error instanceof RunError) {
      say(`xenon: ${error.message}\n`);
      return error instanceof UsageError ? USAGE : FAILED;
    }
    if (error instanceof Error && 'syscall' in error) {
      say(`xenon: ${refusalOf(error)}\n`);
      return FAILED;
    }
    say(`xenon: internal error\n${error instanceof Error ? error.stack : String(error)}\n`);
    return FAILED;
  }
}

/** Long work would end with nothing if its result had nowhere to go. */
function refuseUnwritable(command: Command): void {
  const { out, ...options } = command.opts<Record<string, unknown>>();
  for (const name of WRITTEN) {
    const file = options[name];
    if (file === '-' && name !== 'json')
      throw new UsageError(
        "'-' stands for standard output with --json only: name a file, or ./- for one of that name",
      );
    if (typeof file === 'string' && file !== '-') requireWritable(file, 'file');
  }
  if (typeof out === 'string') requireWritable(out, command.name() === 'report' ? 'file' : 'folder');
}
