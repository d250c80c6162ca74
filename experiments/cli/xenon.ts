#!/usr/bin/env node
import { refusal } from '../node/files.js';
import { commandLine } from './command-line.js';

process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(0);
  process.stderr.write(`xenon: standard output: ${refusal(error)}\n`);
  process.exit(1);
});
// Nobody can be told, and the work need not end for it.
process.stderr.on('error', () => {});

const status = await commandLine(process.argv.slice(2), (text) => process.stderr.write(text));
if (status !== 0) process.exitCode = status;
