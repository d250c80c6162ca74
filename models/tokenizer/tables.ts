/** A tokenizer as lists, which is how GGUF files hold one. */
export interface TokenizerTables {
  /** `llama`: SentencePiece, with scores; `gpt2`: byte-level pairs, with merges. */
  readonly kind: 'llama' | 'gpt2';
  /** How texts are cut before the merges, by GGUF's name. */
  readonly cut?: string;
  readonly tokens: readonly string[];
  readonly scores?: readonly number[];
  /** GGUF's kinds of tokens, one for each. */
  readonly types: readonly number[];
  readonly merges?: readonly string[];
}

export const TOKEN_TYPES = { normal: 1, unknown: 2, control: 3, user: 4, unused: 5, byte: 6 } as const;

/** Tables of a SentencePiece vocabulary: blanks are U+2581 there. */
export function piecesAsTables(
  pieces: readonly { readonly score: number; readonly bytes: Uint8Array }[],
  bos: number,
  eos: number,
): TokenizerTables {
  const tokens = pieces.map(({ bytes }) => new TextDecoder().decode(bytes).replaceAll(' ', '\u2581'));
  // llama2.c puts line ends around these two.
  if (bos < tokens.length) tokens[bos] = '<s>';
  if (eos < tokens.length) tokens[eos] = '</s>';
  return {
    kind: 'llama',
    tokens,
    scores: pieces.map(({ score }) => score),
    types: tokens.map((text, id) =>
      id === bos || id === eos
        ? TOKEN_TYPES.control
        : text === '<unk>'
          ? TOKEN_TYPES.unknown
          : /^<0x[0-9A-Fa-f]{2}>$/.test(text)
            ? TOKEN_TYPES.byte
            : TOKEN_TYPES.normal,
    ),
  };
}

type Json = Readonly<Record<string, unknown>>;

/** Names of cuts by what tokenizer.json says of them. */
function cutOf(part: unknown): string | undefined {
  if (typeof part !== 'object' || part === null) return undefined;
  const { type, pretokenizers, use_regex } = part as Json;
  if (type === 'ByteLevel') return use_regex === false ? undefined : 'gpt-2';
  if (type !== 'Sequence' || !Array.isArray(pretokenizers) || pretokenizers.length !== 2) return undefined;
  const [first, second] = pretokenizers as Json[];
  return first.type === 'Digits' && first.individual_digits === true && cutOf(second) === 'gpt-2'
    ? 'smollm'
    : undefined;
}

/** Tables of a tokenizer.json with byte-level pairs; undefined where GGUF has no name for how it cuts texts. */
export function jsonAsTables(json: Json, vocabulary: number): TokenizerTables | undefined {
  const model = json.model as Json | undefined;
  const cut = cutOf(json.pre_tokenizer);
  if (model === undefined || model.type !== 'BPE' || cut === undefined) return undefined;
  const tokens = Array.from({ length: vocabulary }, (_, id) => `[PAD${id}]`);
  const types: number[] = tokens.map(() => TOKEN_TYPES.unused);
  const put = (id: number, text: string, type: number): void => {
    tokens[id] = text;
    types[id] = type;
  };
  for (const [text, id] of Object.entries(model.vocab as Record<string, number>))
    put(id, text, TOKEN_TYPES.normal);
  for (const added of (json.added_tokens ?? []) as { id: number; content: string; special: boolean }[])
    put(added.id, added.content, added.special ? TOKEN_TYPES.control : TOKEN_TYPES.user);
  const merges = (model.merges as readonly (string | readonly string[])[]).map((pair) =>
    typeof pair === 'string' ? pair : pair.join(' '),
  );
  return { kind: 'gpt2', cut, tokens, types, merges };
}
