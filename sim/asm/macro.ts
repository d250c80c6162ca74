import { Fault, type Origin } from './error.js';
import type { Statement } from './lexer.js';

/** A parameter of a macro: required, with a default, or taking all the rest. */
export interface Parameter {
  readonly name: string;
  readonly defaultText: string;
  readonly required: boolean;
  readonly rest: boolean;
}

export interface Macro {
  readonly name: string;
  readonly parameters: readonly Parameter[];
  readonly body: readonly Statement[];
  readonly origin: Origin;
}

/**
 * Removes blanks that separate no two words, as GNU as does before it looks for arguments: `a + b` is one
 * argument, and so is `1 -2`.
 */
function squeeze(text: string): string {
  let result = '';
  for (let i = 0; i < text.length; i++) {
    const character = text[i];
    if (character === '"') {
      let end = i + 1;
      while (end < text.length && text[end] !== '"') end += text[end] === '\\' ? 2 : 1;
      result += text.slice(i, end + 1);
      i = end;
    } else if (/\s/.test(character)) {
      const next = /\S/.exec(text.slice(i))?.[0] ?? '';
      if (/[\w.$"\\%@)]$/.test(result) && /[\w.$"\\%@]/.test(next) && !/\s$/.test(result)) result += ' ';
    } else {
      result += character;
    }
  }
  return result;
}

/** Arguments between commas or blanks; quotes and parentheses hold together. */
export function splitArguments(text: string): string[] {
  const squeezed = squeeze(text);
  if (squeezed === '') return [];
  const pieces = [''];
  let depth = 0;
  for (let i = 0; i < squeezed.length; i++) {
    const character = squeezed[i];
    if (character === '"') {
      const start = i++;
      while (i < squeezed.length && squeezed[i] !== '"') i += squeezed[i] === '\\' ? 2 : 1;
      pieces[pieces.length - 1] += squeezed.slice(start, i + 1);
    } else if (depth === 0 && (character === ',' || character === ' ')) {
      pieces.push('');
    } else {
      if (character === '(') depth++;
      if (character === ')') depth--;
      pieces[pieces.length - 1] += character;
    }
  }
  return pieces;
}

/** Header of a definition: `name a, b=default, c:req, d:vararg`. */
export function parseHeader(text: string): { name: string; parameters: Parameter[] } {
  const name = /^[A-Za-z_.$][\w.$]*/.exec(text)?.[0];
  if (name === undefined) throw new Fault('.macro needs a name');
  const parameters = splitArguments(text.slice(name.length).replace(/^\s*,/, ''))
    .filter((piece) => piece !== '')
    .map((piece): Parameter => {
      const match = /^([A-Za-z_$][\w$.]*)(?::(req|vararg))?(?:=(.*))?$/s.exec(piece);
      if (match === null) throw new Fault(`bad macro parameter ${piece}`);
      const [, parameter, qualifier, defaultText] = match;
      return {
        name: parameter,
        defaultText: unquote(defaultText ?? ''),
        required: qualifier === 'req',
        rest: qualifier === 'vararg',
      };
    });
  const names = parameters.map((parameter) => parameter.name);
  const twice = names.find((parameter, index) => names.indexOf(parameter) !== index);
  if (twice !== undefined) throw new Fault(`macro ${name} has two parameters ${twice}`);
  return { name, parameters };
}

function unquote(text: string): string {
  return /^"(?:[^"\\]|\\.)*"$/s.test(text) ? text.slice(1, -1) : text;
}

/** Argument texts by parameter name for one invocation. */
export function bindArguments(macro: Macro, text: string): Map<string, string> {
  const bound = new Map<string, string>();
  const pieces = splitArguments(text);
  let position = 0;
  for (let i = 0; i < pieces.length; i++) {
    const keyword = /^([A-Za-z_$][\w$.]*)=(?!=)(.*)$/s.exec(pieces[i]);
    const named = keyword && macro.parameters.find((parameter) => parameter.name === keyword[1]);
    if (keyword && named) {
      bound.set(named.name, unquote(keyword[2]));
      continue;
    }
    const parameter = macro.parameters[position++];
    if (parameter === undefined) {
      throw new Fault(`macro ${macro.name} takes ${macro.parameters.length} arguments, got ${pieces.length}`);
    }
    if (parameter.rest) {
      bound.set(parameter.name, pieces.slice(i).join(','));
      break;
    }
    bound.set(parameter.name, unquote(pieces[i]));
  }
  for (const parameter of macro.parameters) {
    const given = bound.get(parameter.name);
    if (given !== undefined && given !== '') continue;
    if (parameter.required) throw new Fault(`macro ${macro.name} needs argument ${parameter.name}`);
    bound.set(parameter.name, parameter.defaultText);
  }
  return bound;
}

/** A body with arguments put in; its statements remember the invocation. `count` is the value of `\@`. */
export function instantiate(
  body: readonly Statement[],
  bound: ReadonlyMap<string, string>,
  count: number,
  via: Origin,
  viaKind: string,
): Statement[] {
  return body.map((statement) => {
    const text = substitute(statement.text, bound, count);
    return { text, origin: { ...statement.origin, expanded: text, via, viaKind } };
  });
}

function substitute(text: string, bound: ReadonlyMap<string, string>, count: number): string {
  if (!text.includes('\\')) return text;
  return text.replace(/\\(@|\(\)|[A-Za-z_$][\w$]*)/g, (whole, name: string) => {
    if (name === '@') return String(count);
    if (name === '()') return '';
    return bound.get(name) ?? whole;
  });
}
