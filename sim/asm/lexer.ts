import { Fault, type Origin } from './error.js';

/** One statement: text without comments, labels still in front, and the source line it stands on. */
export interface Statement {
  readonly text: string;
  readonly origin: Origin;
}

/**
 * Source to statements. Comments are `#`, `//` and block comments; `;` separates statements, as in GNU as for
 * PowerPC. A block comment may span lines; line numbers stay those of the file.
 */
export function splitStatements(source: string, file: string): Statement[] {
  const statements: Statement[] = [];
  let inBlockComment = false;
  source.split(/\r?\n/).forEach((text, index) => {
    const origin: Origin = { file, line: index + 1, text };
    let statement = '';
    const finish = (): void => {
      if (statement.trim() !== '') statements.push({ text: statement.trim(), origin });
      statement = '';
    };
    for (let i = 0; i < text.length; ) {
      if (inBlockComment) {
        const end = text.indexOf('*/', i);
        inBlockComment = end < 0;
        i = end < 0 ? text.length : end + 2;
        if (end >= 0) statement += ' ';
        continue;
      }
      const character = text[i];
      if (character === '"' || character === "'") {
        const length = quotedLength(text, i);
        statement += text.slice(i, i + length);
        i += length;
      } else if (character === '#' || text.startsWith('//', i)) {
        break;
      } else if (text.startsWith('/*', i)) {
        inBlockComment = true;
        i += 2;
      } else if (character === ';') {
        finish();
        i++;
      } else {
        statement += character;
        i++;
      }
    }
    finish();
  });
  return statements;
}

/** Length of the string or character constant that begins at `start`, as far as it goes on this line. */
function quotedLength(text: string, start: number): number {
  if (text[start] === "'") {
    const body = text[start + 1] === '\\' ? 2 : 1;
    return 1 + body + (text[start + 1 + body] === "'" ? 1 : 0);
  }
  let i = start + 1;
  while (i < text.length && text[i] !== '"') i += text[i] === '\\' ? 2 : 1;
  return i + 1 - start;
}

/** Splits at commas outside of quotes and parentheses; pieces are trimmed. Empty text has no pieces. */
export function splitOperands(text: string): string[] {
  if (text.trim() === '') return [];
  const pieces: string[] = [];
  let depth = 0;
  let start = 0;
  for (let i = 0; i < text.length; i++) {
    const character = text[i];
    if (character === '"' || character === "'") i += quotedLength(text, i) - 1;
    else if (character === '(') depth++;
    else if (character === ')') depth--;
    else if (character === ',' && depth <= 0) {
      pieces.push(text.slice(start, i).trim());
      start = i + 1;
    }
  }
  pieces.push(text.slice(start).trim());
  return pieces;
}

export interface Token {
  readonly kind: 'number' | 'name' | 'local' | 'suffix' | 'operator';
  readonly text: string;
  /** Value of a number token. */
  readonly value?: bigint;
}

const NUMBER = /^(?:0[xX][0-9a-fA-F]+|0[bB][01]+(?![0-9a-zA-Z_.$])|[0-9]+)/;
const NAME = /^%?[A-Za-z_.$][A-Za-z0-9_.$]*/;
const OPERATOR = /^(?:<<|>>|<=|>=|<>|==|!=|&&|\|\||[-+*/%&|^~!<>()])/;
const ESCAPES: Record<string, number> = { n: 10, t: 9, r: 13, b: 8, f: 12, '0': 0 };

/** Tokens of an expression. */
export function tokenize(text: string): Token[] {
  const tokens: Token[] = [];
  for (let rest = text.trimStart(); rest !== ''; rest = rest.trimStart()) {
    const local = /^([0-9]+)[bf](?![0-9a-zA-Z_.$])/.exec(rest);
    const number = NUMBER.exec(rest);
    let length: number;
    if (local) {
      length = local[0].length;
      tokens.push({ kind: 'local', text: local[0] });
    } else if (number) {
      length = number[0].length;
      if (/^[A-Za-z0-9_.$]/.test(rest.slice(length)))
        throw new Fault(`bad number ${/^[\w.$]+/.exec(rest)?.[0]}`);
      tokens.push({ kind: 'number', text: number[0], value: numberOf(number[0]) });
    } else if (rest[0] === "'") {
      length = quotedLength(rest, 0);
      tokens.push({ kind: 'number', text: rest.slice(0, length), value: characterOf(rest) });
    } else if (rest[0] === '@') {
      const name = /^@[A-Za-z]+/.exec(rest)?.[0] ?? '@';
      length = name.length;
      tokens.push({ kind: 'suffix', text: name.slice(1).toLowerCase() });
    } else {
      // After a value `%` is the remainder, elsewhere it begins a register name.
      const name = rest[0] === '%' && endsValue(tokens.at(-1)) ? null : NAME.exec(rest);
      const operator = OPERATOR.exec(rest);
      const found = name ?? operator;
      if (found === null) throw new Fault(`unexpected ${JSON.stringify(rest[0])} in expression`);
      length = found[0].length;
      tokens.push({ kind: name ? 'name' : 'operator', text: found[0] });
    }
    rest = rest.slice(length);
  }
  return tokens;
}

const endsValue = (token: Token | undefined): boolean =>
  token !== undefined && (token.kind !== 'operator' || token.text === ')');

function numberOf(text: string): bigint {
  if (!/^0[0-9]+$/.test(text)) return BigInt(text);
  if (/[89]/.test(text)) throw new Fault(`bad octal number ${text}`);
  return BigInt(`0o${text.slice(1)}`);
}

function characterOf(text: string): bigint {
  if (text.length < 2) throw new Fault('a quote without a character');
  if (text[1] !== '\\') return BigInt(text.charCodeAt(1));
  return BigInt(ESCAPES[text[2]] ?? text.charCodeAt(2));
}

/** Bytes of one or more string constants (adjacent strings join); text is UTF-8. */
export function stringBytes(text: string): number[] {
  const bytes: number[] = [];
  let rest = text.trim();
  if (rest[0] !== '"')
    throw new Fault(`a string in double quotes is wanted, got ${rest === '' ? 'nothing' : rest}`);
  while (rest !== '') {
    const length = quotedLength(rest, 0);
    if (rest[0] !== '"') throw new Fault(`unexpected ${rest} after string`);
    if (length > rest.length) throw new Fault('string without closing quote');
    pushString(rest.slice(1, length - 1), bytes);
    rest = rest.slice(length).trim();
  }
  return bytes;
}

function pushString(body: string, bytes: number[]): void {
  for (let i = 0; i < body.length; i++) {
    if (body[i] !== '\\') {
      const codePoint = body.codePointAt(i) ?? 0;
      bytes.push(...new TextEncoder().encode(String.fromCodePoint(codePoint)));
      if (codePoint > 0xffff) i++;
      continue;
    }
    const octal = /^[0-7]{1,3}/.exec(body.slice(i + 1));
    const hexadecimal = /^[xX]([0-9a-fA-F]+)/.exec(body.slice(i + 1));
    if (octal) {
      bytes.push(Number.parseInt(octal[0], 8) & 0xff);
      i += octal[0].length;
    } else if (hexadecimal) {
      bytes.push(Number(BigInt(`0x${hexadecimal[1]}`) & 0xffn));
      i += hexadecimal[0].length;
    } else {
      i++;
      bytes.push(ESCAPES[body[i]] ?? body.charCodeAt(i));
    }
  }
}

/** A statement's parts: labels in front (without colon), first word, and what follows it. */
export interface Head {
  readonly labels: readonly string[];
  /** Mnemonic, directive or macro name; `=` for an assignment; empty when there are only labels. */
  readonly name: string;
  /** Operands; for an assignment `symbol, expression`. */
  readonly rest: string;
}

const LABEL = /^([A-Za-z_.$][A-Za-z0-9_.$]*|[0-9]+)\s*:/;
const ASSIGNMENT = /^([A-Za-z_.$][A-Za-z0-9_.$]*)\s*==?(?![=])\s*(.*)$/;

export function headOf(text: string): Head {
  const labels: string[] = [];
  let rest = text.trim();
  for (let match = LABEL.exec(rest); match !== null; match = LABEL.exec(rest)) {
    labels.push(match[1]);
    rest = rest.slice(match[0].length).trim();
  }
  const assignment = ASSIGNMENT.exec(rest);
  if (assignment !== null) return { labels, name: '=', rest: `${assignment[1]}, ${assignment[2]}` };
  const name = /^[A-Za-z_.$][A-Za-z0-9_.$]*[+-]?/.exec(rest)?.[0] ?? '';
  if (name === '' && rest !== '') throw new Fault(`a mnemonic, directive or label is wanted, got ${rest}`);
  return { labels, name, rest: rest.slice(name.length).trim() };
}
