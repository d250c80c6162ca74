import { UsageError } from '../../sim/machine/errors.js';
import type { GgufHeader, GgufValue } from '../checkpoint/gguf-header.js';
import { fromTokenizerJson } from './hugging-face.js';
import { tokenizerOfPieces } from './llama2c.js';
import { TOKEN_TYPES, type TokenizerTables } from './tables.js';
import type { Tokenizer } from './tokenizer.js';

/** How texts are cut before the merges, by the name that GGUF files give it. */
const DIGITS = { type: 'Digits', individual_digits: true };
const BYTE_LEVEL = { type: 'ByteLevel', add_prefix_space: false, use_regex: true };
const CUTS: Readonly<Record<string, unknown>> = {
  default: BYTE_LEVEL,
  'gpt-2': BYTE_LEVEL,
  smollm: { type: 'Sequence', pretokenizers: [DIGITS, BYTE_LEVEL] },
};

const { control: CONTROL_TOKEN, user: USER_TOKEN, normal: NORMAL_TOKEN } = TOKEN_TYPES;

/** The tokenizer embedded in a GGUF file, or undefined where there is none. */
export function openGgufTokenizer(
  { metadata }: GgufHeader,
  vocabulary: number,
  name: string,
): Tokenizer | undefined {
  const kind = metadata.get('tokenizer.ggml.model');
  const tokens = strings(metadata.get('tokenizer.ggml.tokens'));
  if (kind === undefined || tokens === undefined) return undefined;
  if (tokens.length > vocabulary)
    throw new UsageError(
      `${name}: tokenizer of another vocabulary: it has ${tokens.length} pieces, the model ${vocabulary}`,
    );
  const number = (key: string, otherwise: number): number => {
    const value = metadata.get(`tokenizer.ggml.${key}`);
    return typeof value === 'number' && value < vocabulary ? value : otherwise;
  };
  const bos = number('bos_token_id', 1);
  const eos = number('eos_token_id', 2);
  const template = metadata.get('tokenizer.chat_template');
  const listed = numbers(metadata.get('tokenizer.ggml.token_type'));
  const types = tokens.map((_, id) => listed[id] ?? NORMAL_TOKEN);
  const chat = typeof template === 'string' ? { chatTemplate: template } : {};
  if (kind === 'llama') {
    const scores = numbers(metadata.get('tokenizer.ggml.scores'));
    const pieces = tokens.map((text, id) => ({
      score: scores[id] ?? 0,
      bytes: new TextEncoder().encode(text.replaceAll('\u2581', ' ')),
    }));
    const tables: TokenizerTables = { kind, tokens, scores: pieces.map(({ score }) => score), types };
    return {
      ...tokenizerOfPieces(pieces, bos, eos),
      vocabulary,
      tokenText: (id) => tokens[id],
      tables,
      ...chat,
    };
  }
  if (kind !== 'gpt2')
    throw new UsageError(`${name}: tokenizer of kind '${String(kind)}': name one with --tokenizer FILE`);
  const cut = CUTS[String(metadata.get('tokenizer.ggml.pre') ?? 'default')];
  if (cut === undefined)
    throw new UsageError(
      `${name}: texts are cut as for '${String(metadata.get('tokenizer.ggml.pre'))}': name a tokenizer with --tokenizer FILE`,
    );
  const json = {
    added_tokens: tokens.flatMap((content, id) =>
      types[id] === CONTROL_TOKEN || types[id] === USER_TOKEN
        ? [
            {
              id,
              content,
              special: types[id] === CONTROL_TOKEN,
              single_word: false,
              lstrip: false,
              rstrip: false,
              normalized: false,
            },
          ]
        : [],
    ),
    normalizer: null,
    pre_tokenizer: cut,
    post_processor: null,
    decoder: { type: 'ByteLevel' },
    model: {
      type: 'BPE',
      vocab: Object.fromEntries(tokens.map((text, id) => [text, id])),
      merges: strings(metadata.get('tokenizer.ggml.merges')) ?? [],
    },
  };
  const { merges } = json.model;
  const tables: TokenizerTables = {
    kind,
    cut: String(metadata.get('tokenizer.ggml.pre') ?? 'default'),
    tokens,
    types,
    merges,
  };
  return { ...fromTokenizerJson(json, vocabulary, { bos, eos }, name), tables, ...chat };
}

function strings(value: GgufValue | undefined): string[] | undefined {
  return Array.isArray(value) && value.every((item) => typeof item === 'string') ? value : undefined;
}

function numbers(value: GgufValue | undefined): number[] {
  return Array.isArray(value) ? value.map(Number) : [];
}
