import seedrandom from 'seedrandom';
import { UsageError } from '../../sim/machine/errors.js';
import { piecesAsTables } from './tables.js';
import type { Tokenizer } from './tokenizer.js';

/**
 * llama2.c's tokenizer.bin: int32 longest piece, then for each id a float32 score, an int32 length and that
 * many bytes, little-endian. The file does not hold its vocabulary size; the model's must use it up exactly.
 */
export function openLlama2cTokenizer(file: Uint8Array, vocabulary: number, name: string): Tokenizer {
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  const pieces: Piece[] = [];
  let at = 4;
  while (at < file.length) {
    if (at + 8 > file.length)
      throw new UsageError(`${name}: truncated tokenizer: piece ${pieces.length} is cut off`);
    const score = view.getFloat32(at, true);
    const length = view.getInt32(at + 4, true);
    at += 8;
    if (length < 0 || at + length > file.length) {
      throw new UsageError(
        `${name}: truncated tokenizer, or none: piece ${pieces.length} has length ${length}`,
      );
    }
    pieces.push({ score, bytes: file.subarray(at, at + length) });
    at += length;
  }
  if (pieces.length !== vocabulary) {
    throw new UsageError(
      `${name}: tokenizer of another vocabulary: it has ${pieces.length} pieces,` +
        ` the model ${vocabulary}`,
    );
  }
  return { ...tokenizerOfPieces(pieces, BOS, EOS), tables: piecesAsTables(pieces, BOS, EOS) };
}

/** A token of a SentencePiece vocabulary. */
export interface Piece {
  readonly score: number;
  readonly bytes: Uint8Array;
}

const BOS = 1;
const EOS = 2;
/** Id of the byte 0. */
const FIRST_BYTE = 3;

/** Bytes as a map key: one character a byte. */
function key(bytes: Uint8Array): string {
  let text = '';
  for (const byte of bytes) text += String.fromCharCode(byte);
  return text;
}

/** Ids 3..258 stand for the single bytes. */
export function tokenizerOfPieces(
  pieces: readonly Piece[],
  bos: number,
  eos: number,
  synthetic = false,
): Tokenizer {
  const keys = pieces.map((piece) => key(piece.bytes));
  const ids = new Map<string, number>();
  keys.forEach((text, id) => {
    if (!ids.has(text)) ids.set(text, id);
  });
  return {
    vocabulary: pieces.length,
    bos,
    eos,
    synthetic,
    encode(text, raw = false) {
      const tokens = raw ? [] : [bos];
      // SentencePiece's dummy prefix: any text but the empty one starts with a blank.
      const space = ids.get(' ');
      if (text !== '' && space !== undefined) tokens.push(space);
      for (const character of text) {
        const bytes = new TextEncoder().encode(character);
        const id = ids.get(key(bytes));
        if (id !== undefined) tokens.push(id);
        else for (const byte of bytes) tokens.push(byte + FIRST_BYTE);
      }
      merge(tokens, keys, ids, pieces);
      return tokens;
    },
    decode(previous, token) {
      const { bytes } = pieces[token];
      const raw = /^<0x([0-9A-Fa-f]{2})>$/.exec(keys[token]);
      if (raw) return Uint8Array.of(Number.parseInt(raw[1], 16));
      // SentencePiece drops the blank of the dummy prefix.
      return previous === bos && bytes[0] === 0x20 ? bytes.subarray(1) : bytes;
    },
  };
}

/**
 * Joins, again and again, the neighbouring pair whose joint piece has the best score; the first one among
 * equals.
 */
function merge(
  tokens: number[],
  keys: readonly string[],
  ids: Map<string, number>,
  pieces: readonly Piece[],
): void {
  for (;;) {
    let bestScore = -1e10;
    let bestAt = -1;
    let bestId = -1;
    for (let i = 0; i + 1 < tokens.length; i++) {
      const id = ids.get(keys[tokens[i]] + keys[tokens[i + 1]]);
      if (id !== undefined && pieces[id].score > bestScore)
        [bestScore, bestAt, bestId] = [pieces[id].score, i, id];
    }
    if (bestAt < 0) return;
    tokens.splice(bestAt, 2, bestId);
  }
}

/**
 * A tokenizer for a synthetic model: the 256 bytes and, where the vocabulary has room, seeded made-up words.
 * Every text can be encoded (byte by byte, or by id modulo a vocabulary smaller than 259); decoded text means
 * nothing.
 */
export function syntheticTokenizer(vocabulary: number, seed: string): Tokenizer {
  const random = seedrandom(`tokenizer ${seed}`);
  const consonants = 'bdfgklmnprstvz';
  const vowels = 'aeiou';
  const pick = (letters: string): string => letters[Math.floor(random() * letters.length)];
  const pieces: Piece[] = [];
  const add = (text: string): void => {
    pieces.push({ score: -1e9, bytes: new TextEncoder().encode(text) });
  };
  add('<unk>');
  add('\n<s>\n');
  add('\n</s>\n');
  for (let byte = 0; byte < 256; byte++) add(`<0x${byte.toString(16).toUpperCase().padStart(2, '0')}>`);
  while (pieces.length < vocabulary) {
    let word = random() < 0.7 ? ' ' : '';
    for (let n = 1 + Math.floor(random() * 3); n > 0; n--) word += pick(consonants) + pick(vowels);
    add(word);
  }
  const tokenizer = tokenizerOfPieces(pieces, BOS, EOS, true);
  const inRange = (id: number): number => (id < vocabulary ? id : id % vocabulary);
  return { ...tokenizer, vocabulary, encode: (text) => tokenizer.encode(text).map(inRange) };
}
