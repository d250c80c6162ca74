/**
 * Where a statement comes from: its source line, and through which macro invocation or include it was
 * reached.
 */
export interface Origin {
  readonly file: string;
  /** Line number, from 1. */
  readonly line: number;
  /** The source line as it stands in the file. */
  readonly text: string;
  /** In a macro: the statement with its arguments put in. */
  readonly expanded?: string;
  /** Invocation of the macro, repetition or include that this line was produced by. */
  readonly via?: Origin;
  /** How it was reached: `macro dot`, `.rept`, `.include`. */
  readonly viaKind?: string;
}

/**
 * A fault in assembly source. `message` is made to be printed: file, line, what is wrong, the line itself.
 */
export class AssemblyError extends Error {
  readonly file: string;
  readonly line: number;
  /** The source line at fault. */
  readonly text: string;
  /** The fault alone, without file and line. */
  readonly reason: string;
  /** What the writer may have meant. */
  readonly suggestion?: string;

  constructor(origin: Origin, reason: string, suggestion?: string) {
    super(describe(origin, reason, suggestion));
    this.name = 'AssemblyError';
    this.file = origin.file;
    this.line = origin.line;
    this.text = origin.text;
    this.reason = reason;
    this.suggestion = suggestion;
  }
}

function describe(origin: Origin, reason: string, suggestion: string | undefined): string {
  const hint = suggestion === undefined ? '' : ` (did you mean ${suggestion}?)`;
  const lines = [`${origin.file}:${origin.line}: ${reason}${hint}`, `    ${origin.text.trim()}`];
  if (origin.expanded !== undefined && !origin.text.includes(origin.expanded)) {
    lines.push(`    = ${origin.expanded}`);
  }
  let depth = 0;
  for (let at: Origin = origin; at.via !== undefined && depth < 8; at = at.via, depth++) {
    lines.push(
      `  from ${at.viaKind ?? 'here'} at ${at.via.file}:${at.via.line}:`,
      `    ${at.via.text.trim()}`,
    );
  }
  return lines.join('\n');
}

/** A fault found below the level where the source line is known; the assembler adds the line. */
export class Fault extends Error {
  readonly suggestion?: string;

  constructor(reason: string, suggestion?: string) {
    super(reason);
    this.name = 'Fault';
    this.suggestion = suggestion;
  }
}

/** Runs `action` and gives a fault inside it the line it happened on. */
export function located<T>(origin: Origin, action: () => T): T {
  try {
    return action();
  } catch (error) {
    if (error instanceof Fault) throw new AssemblyError(origin, error.message, error.suggestion);
    throw error;
  }
}
