import { existsSync } from 'node:fs';
import { createHash } from 'node:crypto';
import { basename, dirname, join } from 'node:path';
import type { Checkpoint } from '../../models/checkpoint/tensors.js';
import { openLlama2c } from '../../models/checkpoint/llama2c.js';
import { syntheticCheckpoint } from '../../models/checkpoint/synthetic.js';
import { openLlama2cTokenizer, syntheticTokenizer } from '../../models/tokenizer/llama2c.js';
import type { Tokenizer } from '../../models/tokenizer/tokenizer.js';
import { ZOO, zooModel } from '../../models/zoo.js';
import { UsageError } from '../../sim/machine/errors.js';
import { nearest } from '../../sim/asm/nearest.js';
import { openFile, readBytes, sha256 } from '../node/files.js';
import { packageRoot } from '../node/package.js';

export interface OpenModel {
  readonly name: string;
  readonly checkpoint: Checkpoint;
  readonly tokenizer: Tokenizer;
  /** Of the checkpoint file; of the recipe for synthetic weights. */
  readonly sha256: string;
  readonly synthetic: boolean;
}

/** The model shipped with the package. */
const STORY = join(packageRoot, 'models', 'story');

/** Opens a checkpoint file, the shipped model, or a zoo shape with synthetic weights. */
export function openModel(name: string, tokenizerPath: string | undefined, seed: number): OpenModel {
  if (name === 'story') return openCheckpoint('story', join(STORY, 'story.bin'), tokenizerPath ?? join(STORY, 'tokenizer.bin'));
  if (existsSync(name)) return openCheckpoint(basename(name), name, tokenizerPath);
  const names = ['story', ...ZOO.flatMap((m) => [m.name, `${m.name}-shape`])];
  if (!names.includes(name)) {
    const close = nearest(name, names);
    const looksLikeFile = name.includes('/') || name.includes('.');
    throw new UsageError(
      looksLikeFile
        ? `model file not found: ${name}`
        : `unknown model '${name}': choose ${names.join(', ')}, or a checkpoint file${close ? ` (nearest: ${close})` : ''}`,
    );
  }
  const { shape } = zooModel(name);
  const recipe = `synthetic ${JSON.stringify(shape)} seed ${seed}`;
  return {
    name: name.endsWith('-shape') ? name : `${name}-shape`,
    checkpoint: syntheticCheckpoint(shape, String(seed)),
    tokenizer:
      tokenizerPath === undefined
        ? syntheticTokenizer(shape.vocabulary, String(seed))
        : openLlama2cTokenizer(readBytes(tokenizerPath, 'tokenizer'), shape.vocabulary, tokenizerPath),
    sha256: createHash('sha256').update(recipe).digest('hex'),
    synthetic: true,
  };
}

function openCheckpoint(name: string, path: string, tokenizerPath: string | undefined): OpenModel {
  const file = openFile(path, 'model');
  const checkpoint = openLlama2c(file, path);
  const vocabulary = checkpoint.shape.vocabulary;
  const found = tokenizerPath ?? besideModel(path, vocabulary);
  if (found === undefined) {
    throw new UsageError(`no tokenizer found beside ${path}: name one with --tokenizer FILE`);
  }
  return {
    name,
    checkpoint,
    tokenizer: openLlama2cTokenizer(readBytes(found, 'tokenizer'), vocabulary, found),
    sha256: sha256(file),
    synthetic: false,
  };
}

/** llama2.c names its tokenizers tok<vocabulary>.bin, and tokenizer.bin for Llama 2's. */
function besideModel(path: string, vocabulary: number): string | undefined {
  const names = [`tok${vocabulary}.bin`, 'tokenizer.bin'];
  return names.map((n) => join(dirname(path), n)).find((p) => existsSync(p));
}
