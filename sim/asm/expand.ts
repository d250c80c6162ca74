import { Fault, located, type Origin } from './error.js';
import { type Head, headOf, type Statement, splitOperands, splitStatements, stringBytes } from './lexer.js';
import { bindArguments, instantiate, type Macro, parseHeader, splitArguments } from './macro.js';

/** What expansion asks of the assembler. */
export interface ExpansionHost {
  /** Value of an expression that must be known at this point. */
  absolute(text: string): bigint;
  isDefined(name: string): boolean;
  include?(name: string): string;
  label(name: string, origin: Origin): void;
  /** A directive or instruction that is not expansion's own business. */
  statement(head: Head, origin: Origin): void;
}

/** Source being read: a file, or one instance of a macro or repetition. */
interface Frame {
  readonly statements: readonly Statement[];
  index: number;
  /** Next instance of a repetition; undefined when there is no more. */
  readonly again?: () => readonly Statement[] | undefined;
  /** Conditionals open when the frame began. */
  readonly openConditions: number;
}

interface Condition {
  active: boolean;
  /** Some branch was taken already. */
  decided: boolean;
  readonly outerActive: boolean;
  elseSeen: boolean;
  readonly origin: Origin;
}

const MAXIMUM_NESTING = 100;
const MAXIMUM_STATEMENTS = 1_000_000;
const OPENERS: Record<string, string> = {
  '.macro': '.endm',
  '.rept': '.endr',
  '.irp': '.endr',
  '.irpc': '.endr',
};

/** Runs through a source file with includes, macros, repetitions and conditionals carried out. */
export function expand(source: string, file: string, host: ExpansionHost): void {
  const macros = new Map<string, Macro>();
  const conditions: Condition[] = [];
  const frames: Frame[] = [{ statements: splitStatements(source, file), index: 0, openConditions: 0 }];
  let invocations = 0;
  let processed = 0;

  const push = (statements: readonly Statement[], again?: Frame['again']): void => {
    if (frames.length >= MAXIMUM_NESTING) {
      throw new Fault(`macros, repetitions or includes nested more than ${MAXIMUM_NESTING} deep`);
    }
    frames.push({ statements, index: 0, again, openConditions: conditions.length });
  };

  /** Takes the statements up to the matching end out of the current frame. */
  const collect = (opener: string): Statement[] => {
    const frame = frames[frames.length - 1];
    const ender = OPENERS[opener];
    const start = frame.index;
    let depth = 1;
    while (frame.index < frame.statements.length) {
      const word = headOfBody(frame.statements[frame.index++].text);
      if (OPENERS[word] === ender) depth++;
      else if (word === ender || (ender === '.endm' && word === '.endmacro')) depth--;
      if (depth === 0) return frame.statements.slice(start, frame.index - 1);
    }
    throw new Fault(`${opener} without ${ender}`);
  };

  const repeat = (count: number, instance: (index: number) => Statement[]): void => {
    let next = 0;
    const again = (): Statement[] | undefined => (next < count ? instance(next++) : undefined);
    const first = again();
    if (first !== undefined) push(first, again);
  };

  const structural: Record<string, (rest: string, origin: Origin) => void> = {
    '.macro': (rest, origin) => {
      const header = parseHeader(rest);
      const key = header.name.toLowerCase();
      const earlier = macros.get(key);
      const body = collect('.macro');
      if (earlier) {
        throw new Fault(
          `macro ${header.name} is defined already at ${earlier.origin.file}:${earlier.origin.line}`,
        );
      }
      macros.set(key, { ...header, body, origin });
    },
    '.purgem': (rest) => {
      if (!macros.delete(rest.trim().toLowerCase())) throw new Fault(`no macro ${rest.trim()} to forget`);
    },
    '.exitm': () => {
      const frame = frames.length > 1 ? frames.pop() : undefined;
      if (frame === undefined) throw new Fault('.exitm outside of a macro');
      conditions.length = frame.openConditions;
    },
    '.rept': (rest, origin) => {
      const count = Number(host.absolute(rest));
      if (count < 0) throw new Fault(`.rept count ${count} is negative`);
      const body = instantiate(collect('.rept'), new Map(), 0, origin, '.rept');
      repeat(count, () => body);
    },
    '.irp': (rest, origin) => {
      const [name = '', ...values] = splitArguments(rest);
      const body = collect('.irp');
      const list = values.length === 0 ? [''] : values.map((value) => value.replace(/^"(.*)"$/s, '$1'));
      repeat(list.length, (i) => instantiate(body, new Map([[name, list[i]]]), invocations, origin, '.irp'));
    },
    '.irpc': (rest, origin) => {
      const [name = '', characters = ''] = splitArguments(rest);
      const body = collect('.irpc');
      repeat(characters.length, (i) =>
        instantiate(body, new Map([[name, characters[i]]]), invocations, origin, '.irpc'),
      );
    },
    '.include': (rest, origin) => {
      const name = new TextDecoder().decode(new Uint8Array(stringBytes(rest)));
      if (host.include === undefined)
        throw new Fault(`.include "${name}": this source may not include files`);
      let text: string;
      try {
        text = host.include(name);
      } catch (error) {
        throw new Fault(`cannot include "${name}": ${(error as Error).message}`);
      }
      const statements = splitStatements(text, name).map((statement) => ({
        text: statement.text,
        origin: { ...statement.origin, via: origin, viaKind: '.include' },
      }));
      push(statements);
    },
    '.error': (rest) => {
      throw new Fault(rest === '' ? '.error' : new TextDecoder().decode(new Uint8Array(stringBytes(rest))));
    },
    '.endm': () => {
      throw new Fault('.endm without .macro');
    },
    '.endr': () => {
      throw new Fault('.endr without .rept, .irp or .irpc');
    },
  };

  const conditional = (name: string, rest: string, origin: Origin): boolean => {
    const active = conditions.length === 0 || conditions[conditions.length - 1].active;
    const innermost = conditions[conditions.length - 1];
    const frame = frames[frames.length - 1];
    if (name.startsWith('.if')) {
      const holds = active && testCondition(name, rest, host);
      conditions.push({ active: holds, decided: holds, outerActive: active, elseSeen: false, origin });
      return true;
    }
    if (name !== '.else' && name !== '.elseif' && name !== '.endif') return false;
    if (innermost === undefined || conditions.length <= frame.openConditions)
      throw new Fault(`${name} without .if`);
    if (name === '.endif') {
      conditions.pop();
      return true;
    }
    if (innermost.elseSeen) throw new Fault(`${name} after .else`);
    const open = innermost.outerActive && !innermost.decided;
    innermost.active = open && (name === '.else' || testCondition('.if', rest, host));
    innermost.decided ||= innermost.active;
    innermost.elseSeen = name === '.else';
    return true;
  };

  const execute = (statement: Statement): void => {
    const { origin } = statement;
    const active = conditions.length === 0 || conditions[conditions.length - 1].active;
    if (!active) {
      const word = headOfBody(statement.text);
      if (/^\.(if|else|endif)/.test(word)) conditional(word, headOf(statement.text).rest, origin);
      return;
    }
    const head = headOf(statement.text);
    for (const label of head.labels) host.label(label, origin);
    const name = head.name.toLowerCase();
    if (name === '') return;
    if (name[0] === '.' && conditional(name, head.rest, origin)) return;
    const macro = macros.get(name);
    if (macro !== undefined) {
      const bound = bindArguments(macro, head.rest);
      push(instantiate(macro.body, bound, invocations++, origin, `macro ${macro.name}`));
    } else if (Object.hasOwn(structural, name)) {
      structural[name](head.rest, origin);
    } else {
      host.statement(head, origin);
    }
  };

  let last: Origin = { file, line: 1, text: '' };
  while (frames.length > 0) {
    const frame = frames[frames.length - 1];
    if (frame.index >= frame.statements.length) {
      const unclosed = conditions[frame.openConditions];
      if (unclosed)
        located(unclosed.origin, () => {
          throw new Fault('.if without .endif');
        });
      const next = frame.again?.();
      frames.pop();
      if (next !== undefined) frames.push({ ...frame, statements: next, index: 0 });
      continue;
    }
    const statement = frame.statements[frame.index++];
    last = statement.origin;
    if (headOfBody(statement.text) === '.end') break;
    located(last, () => {
      if (++processed > MAXIMUM_STATEMENTS) throw new Fault(`more than ${MAXIMUM_STATEMENTS} statements`);
      execute(statement);
    });
  }
}

/** First word of a statement in lower case, labels left out; never fails. */
function headOfBody(text: string): string {
  const word = /^(?:(?:[\w.$]+)\s*:\s*)*([.\w$]+)/.exec(text)?.[1] ?? '';
  return word.toLowerCase();
}

function testCondition(name: string, rest: string, host: ExpansionHost): boolean {
  switch (name) {
    case '.if':
    case '.ifne':
      return host.absolute(rest) !== 0n;
    case '.ifeq':
      return host.absolute(rest) === 0n;
    case '.ifgt':
      return host.absolute(rest) > 0n;
    case '.ifge':
      return host.absolute(rest) >= 0n;
    case '.iflt':
      return host.absolute(rest) < 0n;
    case '.ifle':
      return host.absolute(rest) <= 0n;
    case '.ifdef':
      return host.isDefined(rest.trim());
    case '.ifndef':
    case '.ifnotdef':
      return !host.isDefined(rest.trim());
    case '.ifb':
      return rest.trim() === '';
    case '.ifnb':
      return rest.trim() !== '';
    case '.ifc':
    case '.ifnc': {
      const [left = '', right = ''] = splitOperands(rest).map((piece) =>
        piece.replace(/^(["'])(.*)\1$/s, '$2'),
      );
      return (left === right) === (name === '.ifc');
    }
    case '.ifeqs':
    case '.ifnes': {
      const [left = '', right = ''] = splitOperands(rest);
      return (String(stringBytes(left)) === String(stringBytes(right))) === (name === '.ifeqs');
    }
    default:
      throw new Fault(`unknown condition ${name}`);
  }
}
