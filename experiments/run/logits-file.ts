import { writeAtomically } from '../node/files.js';

/** Logits of forwarded positions: rows of little-endian float32. */
export class LogitsFile {
  private readonly rows: Uint8Array[] = [];

  constructor(private readonly path: string) {}

  keep(row: Float32Array): void {
    const bytes = new Uint8Array(4 * row.length);
    const view = new DataView(bytes.buffer);
    for (const [i, value] of row.entries()) view.setFloat32(4 * i, value, true);
    this.rows.push(bytes);
  }

  write(): void {
    writeAtomically(this.path, Buffer.concat(this.rows));
  }
}
