import { Fault } from './error.js';
import { type Token, tokenize } from './lexer.js';

/** What a register name says it is; a bare number may stand for any of them. */
export type RegisterKind = 'gpr' | 'fpr' | 'vr' | 'crf' | 'crBit' | 'spr';

/** Value of an expression, 64 bits, signed. */
export interface Value {
  readonly value: bigint;
  /** Kind of a bare register name. */
  readonly register?: RegisterKind;
  /** Sixteen bits cut out by @l, @ha and so on: fits a signed and an unsigned field alike. */
  readonly half?: boolean;
}

export type Expression =
  | { readonly kind: 'value'; readonly value: Value }
  | { readonly kind: 'symbol'; readonly name: string }
  | { readonly kind: 'unary'; readonly operator: string; readonly operand: Expression }
  | {
      readonly kind: 'binary';
      readonly operator: string;
      readonly left: Expression;
      readonly right: Expression;
    };

/** Gives a name its meaning while parsing: what `.set` made of it, a local label, the location counter. */
export type Binder = (name: string) => Expression | undefined;

/** Value of a symbol, or undefined when there is none. */
export type Resolver = (name: string) => Value | undefined;

/** GNU as binds bitwise operators tighter than plus and minus. */
const PRECEDENCE: Record<string, number> = {
  '*': 5,
  '/': 5,
  '%': 5,
  '<<': 5,
  '>>': 5,
  '|': 4,
  '&': 4,
  '^': 4,
  '!': 4,
  '+': 3,
  '-': 3,
  '==': 3,
  '<>': 3,
  '!=': 3,
  '<': 3,
  '>': 3,
  '<=': 3,
  '>=': 3,
  '&&': 2,
  '||': 1,
};

const SUFFIXES = new Set(['l', 'h', 'ha', 'higher', 'highera', 'highest', 'highesta']);

/** An expression in parentheses after another one, `d(rA)`, or alone. */
export interface ParsedOperand {
  readonly expression: Expression;
  readonly base?: Expression;
}

/** Parses one operand: an expression, or `displacement(base)`. */
export function parseOperand(text: string, bind: Binder): ParsedOperand {
  const parser = new Parser(tokenize(text), text, bind);
  const expression = parser.whole();
  if (parser.atEnd()) return { expression };
  parser.expect('(');
  const base = parser.whole();
  parser.expect(')');
  if (!parser.atEnd()) throw new Fault(`unexpected ${parser.rest()} after ${text}`);
  return { expression, base };
}

/** Parses an expression that fills the whole text. */
export function parseExpression(text: string, bind: Binder): Expression {
  const parser = new Parser(tokenize(text), text, bind);
  const expression = parser.whole();
  if (!parser.atEnd()) throw new Fault(`unexpected ${parser.rest()} in expression ${text}`);
  return expression;
}

class Parser {
  private position = 0;
  /** The @suffix of the expression under way: it applies to the whole, wherever it stands. */
  private suffix: string | undefined;

  constructor(
    private readonly tokens: readonly Token[],
    private readonly text: string,
    private readonly bind: Binder,
  ) {}

  atEnd(): boolean {
    return this.position >= this.tokens.length;
  }

  rest(): string {
    return this.tokens
      .slice(this.position)
      .map((token) => token.text)
      .join(' ');
  }

  expect(operator: string): void {
    if (this.tokens[this.position]?.text !== operator) throw new Fault(`${operator} missing in ${this.text}`);
    this.position++;
  }

  whole(): Expression {
    const outer = this.suffix;
    this.suffix = undefined;
    const expression = this.binary(1);
    const suffix = this.suffix;
    this.suffix = outer;
    return suffix === undefined ? expression : { kind: 'unary', operator: `@${suffix}`, operand: expression };
  }

  private binary(lowest: number): Expression {
    let left = this.unary();
    for (;;) {
      const token = this.tokens[this.position];
      const precedence = token?.kind === 'operator' ? PRECEDENCE[token.text] : undefined;
      if (token === undefined || precedence === undefined || precedence < lowest) return left;
      this.position++;
      const right = this.binary(precedence + 1);
      left = { kind: 'binary', operator: token.text, left, right };
    }
  }

  private unary(): Expression {
    const token = this.tokens[this.position];
    if (token === undefined)
      throw new Fault(`expression expected${this.text === '' ? '' : ` in ${this.text}`}`);
    this.position++;
    let expression: Expression;
    if (token.kind === 'number') expression = { kind: 'value', value: { value: token.value! } };
    else if (token.kind === 'name' || token.kind === 'local') expression = this.named(token.text);
    else if (token.text === '(') {
      expression = this.whole();
      this.expect(')');
    } else if (['-', '+', '~', '!'].includes(token.text)) {
      return { kind: 'unary', operator: token.text, operand: this.unary() };
    } else throw new Fault(`unexpected ${token.text} in expression ${this.text}`);
    this.takeSuffix();
    return expression;
  }

  private takeSuffix(): void {
    const token = this.tokens[this.position];
    if (token?.kind !== 'suffix') return;
    if (!SUFFIXES.has(token.text))
      throw new Fault(`unknown suffix @${token.text}`, `@${[...SUFFIXES].join(', @')}`);
    this.suffix = token.text;
    this.position++;
  }

  private named(name: string): Expression {
    return this.bind(name) ?? registerOf(name) ?? { kind: 'symbol', name };
  }
}

const REGISTER_FILES: readonly [prefix: string, kind: RegisterKind, count: number][] = [
  ['r', 'gpr', 32],
  ['f', 'fpr', 32],
  ['fr', 'fpr', 32],
  ['v', 'vr', 128],
  ['vr', 'vr', 128],
  ['cr', 'crf', 8],
];

const NAMED_REGISTERS: readonly [name: string, kind: RegisterKind, number: number][] = [
  ['sp', 'gpr', 1],
  ['rtoc', 'gpr', 2],
  ['lt', 'crBit', 0],
  ['gt', 'crBit', 1],
  ['eq', 'crBit', 2],
  ['so', 'crBit', 3],
  ['un', 'crBit', 3],
  ['xer', 'spr', 1],
  ['lr', 'spr', 8],
  ['ctr', 'spr', 9],
  ['vrsave', 'spr', 256],
];

const REGISTERS: ReadonlyMap<string, Expression> = new Map(
  [
    ...NAMED_REGISTERS,
    ...REGISTER_FILES.flatMap(([prefix, kind, count]) =>
      Array.from({ length: count }, (_, i) => [`${prefix}${i}`, kind, i] as const),
    ),
  ].map(([name, kind, number]) => [
    name,
    { kind: 'value', value: { value: BigInt(number), register: kind } },
  ]),
);

/** A register name with or without `%`, or undefined. */
export function registerOf(name: string): Expression | undefined {
  const marked = name.startsWith('%');
  const register = REGISTERS.get((marked ? name.slice(1) : name).toLowerCase());
  if (register === undefined && marked) throw new Fault(`unknown register ${name}`);
  return register;
}

const wrap = (value: bigint): bigint => BigInt.asIntN(64, value);
const truth = (condition: boolean): bigint => (condition ? -1n : 0n);

/** Value of an expression; throws a Fault for unknown symbols (through `missing`) and division by zero. */
export function evaluateExpression(expression: Expression, resolve: Resolver): Value {
  switch (expression.kind) {
    case 'value':
      return expression.value;
    case 'symbol': {
      const value = resolve(expression.name);
      if (value === undefined) throw new Fault(`undefined symbol ${expression.name}`);
      return value;
    }
    case 'unary': {
      const operand = evaluateExpression(expression.operand, resolve);
      return expression.operator.startsWith('@')
        ? { value: cut(expression.operator, operand.value), half: true }
        : unaryValue(expression.operator, operand);
    }
    default: {
      const left = evaluateExpression(expression.left, resolve).value;
      const right = evaluateExpression(expression.right, resolve).value;
      return { value: wrap(binaryValue(expression.operator, left, right)) };
    }
  }
}

function unaryValue(operator: string, operand: Value): Value {
  if (operator === '+') return operand;
  if (operator === '-') return { value: wrap(-operand.value) };
  if (operator === '~') return { value: ~operand.value };
  return { value: operand.value === 0n ? 1n : 0n };
}

/** Sixteen bits of an address; the `a` forms are adjusted for the sign of the part below. */
function cut(suffix: string, value: bigint): bigint {
  const shift = { l: 0n, h: 16n, ha: 16n, higher: 32n, highera: 32n, highest: 48n, highesta: 48n }[
    suffix.slice(1)
  ]!;
  const adjusted = suffix.endsWith('a') ? value + 0x8000n : value;
  return (adjusted >> shift) & 0xffffn;
}

function binaryValue(operator: string, left: bigint, right: bigint): bigint {
  switch (operator) {
    case '+':
      return left + right;
    case '-':
      return left - right;
    case '*':
      return left * right;
    case '/':
    case '%':
      if (right === 0n) throw new Fault('division by zero');
      return operator === '/' ? left / right : left % right;
    case '<<':
      return shiftCount(right) ? left << right : 0n;
    case '>>':
      return shiftCount(right) ? BigInt.asUintN(64, left) >> right : 0n;
    case '&':
      return left & right;
    case '|':
      return left | right;
    case '^':
      return left ^ right;
    case '!':
      return left | ~right;
    case '==':
      return truth(left === right);
    case '<>':
    case '!=':
      return truth(left !== right);
    case '<':
      return truth(left < right);
    case '>':
      return truth(left > right);
    case '<=':
      return truth(left <= right);
    case '>=':
      return truth(left >= right);
    case '&&':
      return left !== 0n && right !== 0n ? 1n : 0n;
    default:
      return left !== 0n || right !== 0n ? 1n : 0n;
  }
}

function shiftCount(count: bigint): boolean {
  return count >= 0n && count < 64n;
}
