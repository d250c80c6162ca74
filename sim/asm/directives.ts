import { Fault } from './error.js';
import { evaluateExpression, registerOf } from './expression.js';
import type { Layout } from './layout.js';
import { splitOperands, stringBytes } from './lexer.js';

type Directive = (layout: Layout, rest: string) => void;

/** Integers of `size` bytes, big-endian; a value may be written signed or unsigned. */
const integers =
  (size: 1 | 2 | 4 | 8): Directive =>
  (layout, rest) => {
    for (const piece of splitOperands(rest)) {
      const expression = layout.parse(piece);
      layout.place(size, (bytes, resolve) => {
        const { value } = evaluateExpression(expression, resolve);
        const bits = BigInt(8 * size);
        if (BigInt.asIntN(Number(bits), value) !== value && BigInt.asUintN(Number(bits), value) !== value) {
          throw new Fault(`${value} does not fit ${size} byte${size > 1 ? 's' : ''}`);
        }
        if (size === 1) bytes.setUint8(0, Number(BigInt.asUintN(8, value)));
        else if (size === 2) bytes.setUint16(0, Number(BigInt.asUintN(16, value)));
        else if (size === 4) bytes.setUint32(0, Number(BigInt.asUintN(32, value)));
        else bytes.setBigUint64(0, BigInt.asUintN(64, value));
      });
    }
  };

const floats =
  (size: 4 | 8): Directive =>
  (layout, rest) => {
    for (const piece of splitOperands(rest)) {
      const { value, negative } = parseFloating(piece);
      layout.place(size, (bytes) => {
        if (size === 4) bytes.setFloat32(0, value);
        else bytes.setFloat64(0, value);
        // GNU as writes a NaN with all bits of the fraction set.
        if (Number.isNaN(value) && size === 4) bytes.setUint32(0, negative ? 0xffffffff : 0x7fffffff);
        if (Number.isNaN(value) && size === 8) bytes.setBigInt64(0, negative ? -1n : 0x7fffffffffffffffn);
      });
    }
  };

function parseFloating(text: string): { value: number; negative: boolean } {
  const match =
    /^(?:0[fFdDrR])?([-+]?)\s*(inf(?:inity)?|nan|\d+\.?\d*(?:e[-+]?\d+)?|\.\d+(?:e[-+]?\d+)?)$/i.exec(
      text.trim(),
    );
  if (match === null) throw new Fault(`bad floating-point number ${text === '' ? '(nothing)' : text}`);
  const word = match[2].toLowerCase();
  const magnitude = word.startsWith('inf') ? Infinity : word === 'nan' ? NaN : Number(word);
  const negative = match[1] === '-';
  return { value: negative ? -magnitude : magnitude, negative };
}

const strings =
  (ending: readonly number[]): Directive =>
  (layout, rest) => {
    for (const piece of splitOperands(rest)) {
      const content = [...stringBytes(piece), ...ending];
      layout.place(content.length, (bytes) => writeBytes(bytes, content));
    }
  };

function writeBytes(bytes: DataView, content: readonly number[]): void {
  for (let i = 0; i < content.length; i++) bytes.setUint8(i, content[i]);
}

const whole = (layout: Layout, text: string, what: string): number => {
  const number = layout.absolute(text);
  if (number < 0n || number > 0x7fff_ffffn) throw new Fault(`${what} is ${number}`);
  return Number(number);
};

const space: Directive = (layout, rest) => {
  const [count, fill] = splitOperands(rest);
  if (count === undefined) throw new Fault('a number of bytes is wanted');
  const byte = fill === undefined ? 0 : Number(BigInt.asUintN(8, layout.absolute(fill)));
  fillBytes(layout, whole(layout, count, 'the number of bytes'), byte);
};

function fillBytes(layout: Layout, count: number, byte: number): void {
  layout.place(count, (bytes) => new Uint8Array(bytes.buffer, bytes.byteOffset, count).fill(byte));
}

const fill: Directive = (layout, rest) => {
  const [repeatText, sizeText = '1', valueText = '0'] = splitOperands(rest);
  if (repeatText === undefined) throw new Fault('.fill takes repeat, size, value');
  const repeat = whole(layout, repeatText, '.fill repeat');
  const size = Math.min(8, whole(layout, sizeText, '.fill size'));
  // As in GNU as, at most the low four bytes of the value are used.
  const value = BigInt.asUintN(Math.min(32, 8 * size), layout.absolute(valueText));
  layout.place(repeat * size, (bytes) => {
    for (let i = 0; i < repeat * size; i++) {
      bytes.setUint8(i, Number((value >> BigInt(8 * (size - 1 - (i % size)))) & 0xffn));
    }
  });
};

const NOP = 0x60000000;
const BRANCH = 0x48000000;
/** GNU as branches over more than four nops. */
const NOPS_RUN_THROUGH = 4;

/** Alignment to a number of bytes. `alignment` turns the operand into it. */
const align =
  (alignment: (operand: number) => number): Directive =>
  (layout, rest) => {
    const [operandText = '0', fillText = '', maximumText = ''] = splitOperands(rest);
    const operand = whole(layout, operandText, 'alignment');
    const boundary = alignment(operand);
    if (boundary > 0x1000_0000 || (boundary & (boundary - 1)) !== 0)
      throw new Fault(`bad alignment ${operandText}`);
    const padding = boundary === 0 ? 0 : (boundary - (layout.here() % boundary)) % boundary;
    if (padding === 0 || (maximumText !== '' && padding > whole(layout, maximumText, 'most padding'))) return;
    if (fillText !== '') {
      fillBytes(layout, padding, Number(BigInt.asUintN(8, layout.absolute(fillText))));
    } else if (!layout.inCode || padding % 4 !== 0) {
      fillBytes(layout, padding, 0);
    } else {
      layout.place(padding, (bytes) => {
        for (let i = 0; i < padding; i += 4) bytes.setUint32(i, NOP);
        if (padding > 4 * NOPS_RUN_THROUGH) bytes.setUint32(0, BRANCH + padding);
      });
    }
  };

const powerOfTwo = align((operand) => 2 ** operand);
const bytesWide = align((operand) => operand);

const set =
  (mayRedefine: boolean): Directive =>
  (layout, rest) => {
    const [name, expression, ...more] = splitOperands(rest);
    if (expression === undefined || more.length > 0) throw new Fault('a symbol and an expression are wanted');
    if (name === '.') return org(layout, expression);
    if (!/^[A-Za-z_.$][\w.$]*$/.test(name)) throw new Fault(`${name} is no symbol name`);
    if (!mayRedefine && layout.isDefined(name)) throw new Fault(`symbol ${name} is defined already`);
    layout.set(name, layout.parse(expression));
  };

const org: Directive = (layout, rest) => {
  const [target = '', byte = '0'] = splitOperands(rest);
  const distance = layout.absolute(target) - BigInt(layout.here());
  if (distance < 0n) throw new Fault('.org cannot move backwards');
  if (distance > 0x7fff_ffffn) throw new Fault(`.org moves ${distance} bytes`);
  fillBytes(layout, Number(distance), Number(BigInt.asUintN(8, layout.absolute(byte))));
};

const section: Directive = (layout, rest) => {
  layout.inCode = /^\.?(text|init|fini)/.test(splitOperands(rest)[0] ?? '');
};

const ignored: Directive = () => {};

/**
 * Directives that put bytes or names. Sections are one after another in source order: there is one flat
 * image.
 */
export const DIRECTIVES: Readonly<Record<string, Directive>> = {
  '.byte': integers(1),
  '.2byte': integers(2),
  '.short': integers(2),
  '.hword': integers(2),
  '.half': integers(2),
  '.word': integers(2),
  '.value': integers(2),
  '.4byte': integers(4),
  '.long': integers(4),
  '.int': integers(4),
  '.8byte': integers(8),
  '.quad': integers(8),
  '.llong': integers(8),
  '.float': floats(4),
  '.single': floats(4),
  '.double': floats(8),
  '.ascii': strings([]),
  '.asciz': strings([0]),
  '.string': strings([0]),
  '.space': space,
  '.skip': space,
  '.zero': space,
  '.fill': fill,
  '.org': org,
  '.align': powerOfTwo,
  '.p2align': powerOfTwo,
  '.balign': bytesWide,
  '.set': set(true),
  '.equ': set(true),
  '=': set(true),
  '.equiv': set(false),
  '.text': (layout) => {
    layout.inCode = true;
  },
  '.data': (layout) => {
    layout.inCode = false;
  },
  '.rodata': (layout) => {
    layout.inCode = false;
  },
  '.section': section,
  '.globl': ignored,
  '.global': ignored,
  '.extern': ignored,
  '.weak': ignored,
  '.local': ignored,
  '.hidden': ignored,
  '.type': ignored,
  '.size': ignored,
  '.file': ignored,
  '.ident': ignored,
  '.machine': ignored,
  '.loc': ignored,
  '.abiversion': ignored,
  '.warning': ignored,
  '.print': ignored,
};

/** A label must not look like a register, or operands could not tell them apart. */
export function checkLabel(name: string): void {
  if (registerOf(name) !== undefined) throw new Fault(`${name} is a register name and cannot be a label`);
}
