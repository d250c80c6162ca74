/** Rows of text as aligned columns; numbers (and what looks like them) to the right. */
export function formatTable(rows: readonly (readonly string[])[], indent = ''): string {
  const columns = Math.max(...rows.map((r) => r.length));
  const widths = Array.from({ length: columns }, (_, c) => Math.max(...rows.map((r) => (r[c] ?? '').length)));
  const body = rows.slice(1);
  const numeric = widths.map(
    (_, c) => c > 0 && body.every((r) => /^(-|[-+]?[\d., ]+( ?%|x)?)?$/.test(r[c] ?? '')),
  );
  return rows
    .map((r) =>
      `${indent}${r.map((cell, c) => (numeric[c] ? cell.padStart(widths[c]) : cell.padEnd(widths[c]))).join('  ')}`.trimEnd(),
    )
    .join('\n');
}

export const mib = (bytes: number): string => `${(bytes / 1048576).toFixed(1)} MiB`;
export const percent = (part: number, whole: number): string =>
  whole === 0 ? '-' : `${((100 * part) / whole).toFixed(1)} %`;
export const grouped = (n: number): string => Math.round(n).toLocaleString('en-US');

/** Seconds with a unit that leaves three significant digits readable. */
export function duration(seconds: number): string {
  if (seconds === 0) return '0 s';
  if (seconds < 1e-6) return `${(seconds * 1e9).toFixed(0)} ns`;
  if (seconds < 1e-3) return `${(seconds * 1e6).toFixed(1)} us`;
  if (seconds < 1) return `${(seconds * 1e3).toFixed(1)} ms`;
  return `${seconds.toFixed(2)} s`;
}
