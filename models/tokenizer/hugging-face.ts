import { Tokenizer as HuggingFaceTokenizer } from '@huggingface/tokenizers';
import { UsageError } from '../../sim/machine/errors.js';
import { jsonAsTables } from './tables.js';
import type { Tokenizer } from './tokenizer.js';

/** What stands beside tokenizer.json, as far as it matters. */
export interface TokenizerSettings {
  readonly bos: number;
  readonly eos: number;
  /** Text of tokenizer_config.json. */
  readonly config?: string;
}

/**
 * Hugging Face's tokenizer.json. Texts are encoded as its post-processor says, so BOS comes first only where
 * that adds it; an empty text is BOS alone. Special tokens decode to nothing.
 */
export function openTokenizerJson(
  text: string,
  vocabulary: number,
  settings: TokenizerSettings,
  name: string,
): Tokenizer {
  const json = parse(text, name);
  const config = settings.config === undefined ? {} : parse(settings.config, `${name}'s configuration`);
  return fromTokenizerJson(json, vocabulary, { ...settings, config }, name);
}

type Json = Record<string, unknown>;

function parse(text: string, name: string): Json {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Json;
  } catch (error) {
    throw new UsageError(`${name}: no JSON: ${(error as Error).message}`);
  }
  throw new UsageError(`${name}: no JSON object`);
}

export function fromTokenizerJson(
  json: Json,
  vocabulary: number,
  { bos, eos, config = {} }: { bos: number; eos: number; config?: Json },
  name: string,
): Tokenizer {
  if (typeof json.model !== 'object' || json.model === null)
    throw new UsageError(`${name}: no tokenizer.json: it has no model`);
  let tokenizer: HuggingFaceTokenizer;
  try {
    tokenizer = new HuggingFaceTokenizer({ ...json, pre_tokenizer: withNumbers(json.pre_tokenizer) }, config);
  } catch (error) {
    throw new UsageError(`${name}: no tokenizer that can be used: ${(error as Error).message}`);
  }
  const special = new Set<number>();
  let largest = -1;
  for (const id of tokenizer.get_vocab(true).values()) largest = Math.max(largest, id);
  for (const [id, token] of tokenizer.get_added_tokens_decoder()) if (token.special) special.add(id);
  if (largest >= vocabulary)
    throw new UsageError(
      `${name}: tokenizer of another vocabulary: it has ids up to ${largest}, the model ${vocabulary}`,
    );
  const bytesOf = JSON.stringify(json.decoder ?? null).includes('ByteLevel')
    ? byteLevelBytes
    : metaspaceBytes;
  const template = config.chat_template;
  const tables = jsonAsTables(json, vocabulary);
  return {
    vocabulary,
    bos,
    eos,
    synthetic: false,
    encode(text, raw = false) {
      const ids = Array.from(tokenizer.encode(text, { add_special_tokens: !raw }).ids, Number);
      return ids.length > 0 ? ids : [bos];
    },
    decode(previous, token) {
      if (special.has(token)) return new Uint8Array(0);
      const piece = tokenizer.id_to_token(token);
      return piece === undefined ? new Uint8Array(0) : bytesOf(piece, previous === bos);
    },
    tokenText: (id) => tokenizer.id_to_token(id),
    ...(tables === undefined ? {} : { tables }),
    ...(typeof template === 'string' ? { chatTemplate: template } : {}),
  };
}

/**
 * The original splits at every character that Unicode calls a number, superscripts and fractions among them;
 * the library's Digits knows 0 to 9. A split by pattern does the same in both.
 */
function withNumbers(part: unknown): unknown {
  if (typeof part !== 'object' || part === null) return part;
  const { type, individual_digits, pretokenizers } = part as Json;
  if (type === 'Sequence' && Array.isArray(pretokenizers))
    return { ...part, pretokenizers: pretokenizers.map(withNumbers) };
  if (type !== 'Digits') return part;
  const Regex = individual_digits ? '\\p{N}' : '\\p{N}+';
  return { type: 'Split', pattern: { Regex }, behavior: 'Isolated', invert: false };
}

/** GPT-2's characters for bytes: printable ones stand for themselves, the others for 256 and up. */
const BYTE_OF: ReadonlyMap<number, number> = (() => {
  const map = new Map<number, number>();
  let next = 256;
  for (let byte = 0; byte < 256; byte++) {
    const printable = (byte >= 33 && byte <= 126) || (byte >= 161 && byte <= 172) || byte >= 174;
    map.set(printable ? byte : next++, byte);
  }
  return map;
})();

function byteLevelBytes(piece: string): Uint8Array {
  const bytes: number[] = [];
  for (const character of piece) {
    const byte = BYTE_OF.get(character.codePointAt(0)!);
    if (byte === undefined) return new TextEncoder().encode(piece);
    bytes.push(byte);
  }
  return Uint8Array.from(bytes);
}

function metaspaceBytes(piece: string, first: boolean): Uint8Array {
  const raw = /^<0x([0-9A-Fa-f]{2})>$/.exec(piece);
  if (raw) return Uint8Array.of(Number.parseInt(raw[1], 16));
  const text = piece.replaceAll('\u2581', ' ');
  return new TextEncoder().encode(first && text.startsWith(' ') ? text.slice(1) : text);
}
