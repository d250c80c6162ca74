import type { Tokenizer } from '../../models/tokenizer/tokenizer.js';

/** A sequence of tokens as it comes to be, and the text that it is. */
export class Transcript {
  readonly tokens: number[];
  text: string;
  private readonly decoder = new TextDecoder();

  constructor(
    private readonly tokenizer: Tokenizer,
    first: number,
  ) {
    this.tokens = [first];
    this.text = first === tokenizer.bos ? '' : this.decode(tokenizer.bos, first);
  }

  /** Adds a token; returns the text that it brings, none where it ends or begins a sequence. */
  add(token: number): string {
    const piece = this.ends(token) ? '' : this.decode(this.tokens.at(-1)!, token);
    this.tokens.push(token);
    this.text += piece;
    return piece;
  }

  ends(token: number): boolean {
    return token === this.tokenizer.bos || token === this.tokenizer.eos;
  }

  /** What there is of a character that is not whole yet is kept until it is. */
  private decode(before: number, token: number): string {
    return this.decoder.decode(this.tokenizer.decode(before, token), { stream: true });
  }
}
