import { Template } from '@huggingface/jinja';
import { UsageError } from '../../sim/machine/errors.js';
import type { Tokenizer } from './tokenizer.js';

/** Ids of a conversation that a user's message opens, up to where the model is to answer. */
export function encodeChat(tokenizer: Tokenizer, message: string, name: string): number[] {
  const { chatTemplate, tokenText, bos, eos } = tokenizer;
  if (chatTemplate === undefined) {
    throw new UsageError(
      `${name} has no chat template: --chat is for Instruct models, whose tokenizer_config.json or GGUF file has one`,
    );
  }
  let text: string;
  try {
    text = new Template(chatTemplate).render({
      messages: [{ role: 'user', content: message }],
      add_generation_prompt: true,
      bos_token: tokenText?.(bos) ?? '',
      eos_token: tokenText?.(eos) ?? '',
    });
  } catch (error) {
    throw new UsageError(`${name}: its chat template cannot be used: ${(error as Error).message}`);
  }
  return tokenizer.encode(text, true);
}
