#!/usr/bin/env node
import { Command, CommanderError } from 'commander';
import { RunError, UsageError } from '../../sim/machine/errors.js';
import { packageVersion } from '../node/package.js';
import { commandsFor } from './commands.js';

/** Exit status: 0 done, 1 the run failed or a check found a difference, 2 bad usage or bad input; INTERRUPTED besides. */
const FAILED = 1;
const USAGE = 2;

const program = new Command('xenon')
  .description('A cycle-approximate Xbox 360 that runs language models')
  .version(packageVersion())
  .showSuggestionAfterError()
  .exitOverride()
  .configureHelp({ sortSubcommands: false });

for (const register of await commandsFor(process.argv[2])) register(program);
for (const command of program.commands) command.exitOverride().showSuggestionAfterError();

process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(0);
  throw error;
});

try {
  await program.parseAsync();
} catch (error) {
  if (error instanceof CommanderError) {
    process.exitCode = error.exitCode === 0 ? 0 : USAGE;
  } else if (error instanceof UsageError) {
    process.stderr.write(`xenon: ${error.message}\n`);
    process.exitCode = USAGE;
  } else if (error instanceof RunError) {
    process.stderr.write(`xenon: ${error.message}\n`);
    process.exitCode = FAILED;
  } else {
    process.stderr.write(`xenon: internal error\n${error instanceof Error ? error.stack : String(error)}\n`);
    process.exitCode = FAILED;
  }
}
