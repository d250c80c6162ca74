import { writeAtomically } from '../node/files.js';

/** Writes a JSON result to a file, or to standard output for `-`. */
export function writeJson(target: string, value: unknown): void {
  const text = `${JSON.stringify(value, null, 1)}\n`;
  if (target === '-') process.stdout.write(text);
  else writeAtomically(target, text);
}

/** A line on standard error that is rewritten in place on a terminal and silent elsewhere. */
export class LiveLine {
  private shown = false;
  private last = 0;

  constructor(private readonly stream: NodeJS.WriteStream = process.stderr) {}

  /** Shows `text()`, at most ten times a second. */
  update(text: () => string): void {
    if (!this.stream.isTTY) return;
    const now = performance.now();
    if (now - this.last < 100) return;
    this.last = now;
    this.stream.write(`\r\x1b[2K${text().slice(0, (this.stream.columns || 80) - 1)}`);
    this.shown = true;
  }

  clear(): void {
    if (this.shown) this.stream.write('\r\x1b[2K');
    this.shown = false;
  }
}
