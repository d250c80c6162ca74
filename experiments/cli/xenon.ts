#!/usr/bin/env node
import { commandLine } from './command-line.js';

process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(0);
  throw error;
});

const status = await commandLine(process.argv.slice(2), (text) => process.stderr.write(text));
if (status !== 0) process.exitCode = status;
