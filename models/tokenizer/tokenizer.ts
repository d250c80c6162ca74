import type { TokenizerTables } from './tables.js';

/** What turns text into token ids and back. */
export interface Tokenizer {
  readonly vocabulary: number;
  /** Beginning- and end-of-sequence ids. */
  readonly bos: number;
  readonly eos: number;
  /**
   * Ids of a text, BOS first where the tokenizer says so; never none. `raw`: without what it adds to texts,
   * for those that have it already.
   */
  encode(text: string, raw?: boolean): number[];
  /** Bytes that `token` adds to the text when it follows `previous`; a character may span tokens. */
  decode(previous: number, token: number): Uint8Array;
  /** True where the tokenizer was made up for a synthetic model and the text means nothing. */
  readonly synthetic: boolean;
  /** Text of a token, where templates may ask for it. */
  tokenText?(id: number): string | undefined;
  /** The same as lists, where a GGUF file can hold it. */
  readonly tables?: TokenizerTables;
  /** Jinja template that makes a text of a conversation. */
  readonly chatTemplate?: string;
}

/**
 * Whole text of a sequence of ids that begins with BOS. Bytes that are no UTF-8 show as the replacement
 * character.
 */
export function decodeAll(tokenizer: Tokenizer, ids: readonly number[]): string {
  const decoder = new TextDecoder();
  let text = '';
  for (let i = 1; i < ids.length; i++) {
    if (ids[i] === tokenizer.bos || ids[i] === tokenizer.eos) break;
    text += decoder.decode(tokenizer.decode(ids[i - 1], ids[i]), { stream: true });
  }
  return text + decoder.decode();
}
