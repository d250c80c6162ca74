import { createHash } from 'node:crypto';
import { existsSync, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { type ByteSource, bytesSource } from '../../models/checkpoint/byte-source.js';
import { isConsole, openConsole } from '../../models/checkpoint/console.js';
import { requireFinite } from '../../models/checkpoint/finite.js';
import { type GgufCheckpoint, openGguf } from '../../models/checkpoint/gguf.js';
import { openLlama2c } from '../../models/checkpoint/llama2c.js';
import { openSafetensors, readConfig } from '../../models/checkpoint/safetensors.js';
import { syntheticCheckpoint } from '../../models/checkpoint/synthetic.js';
import { type Checkpoint, isMatrix, storedTensors } from '../../models/checkpoint/tensors.js';
import { type Sink, writeGroups } from '../../models/checkpoint/write.js';
import { writeGguf } from '../../models/checkpoint/write-gguf.js';
import { naturalPrecision } from '../../models/quantize/packed.js';
import type { Precision } from '../../models/quantize/precisions.js';
import { encodeChat } from '../../models/tokenizer/chat.js';
import { openGgufTokenizer } from '../../models/tokenizer/gguf.js';
import { openTokenizerJson } from '../../models/tokenizer/hugging-face.js';
import { openLlama2cTokenizer, syntheticTokenizer } from '../../models/tokenizer/llama2c.js';
import type { Tokenizer } from '../../models/tokenizer/tokenizer.js';
import { ZOO, zooModel } from '../../models/zoo.js';
import { nearest } from '../../sim/asm/nearest.js';
import { UsageError } from '../../sim/machine/errors.js';
import { openFile, readBytes, readText, sha256 } from '../node/files.js';
import { packageRoot } from '../node/package.js';
import { heldSource } from './held-weights.js';
import { oneOf } from './request.js';

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
const STORY_FILE = join(STORY, 'story.bin');

/** Ways to write a model's matrices before it is used: `NAME@bf16` is NAME as a file of such numbers. */
const REWRITTEN = {
  bf16: (from: Checkpoint, sink: Sink) => writeGguf(from, 'bf16', sink),
  fp16: (from: Checkpoint, sink: Sink) => writeGguf(from, 'f16', sink),
  int8: (from: Checkpoint, sink: Sink) => writeGroups(from, 32, sink),
} as const;

/** A model whose tokenizer may not be known. */
export type FoundModel = Omit<OpenModel, 'tokenizer'> & { readonly tokenizer: Tokenizer | undefined };

/** As `findModel`; a model without a tokenizer is refused. */
export function openModel(name: string, tokenizerPath: string | undefined, seed: number): OpenModel {
  const { tokenizer, ...found } = findModel(name, tokenizerPath, seed);
  if (tokenizer === undefined)
    throw new UsageError(`no tokenizer found in or beside ${name}: name one with --tokenizer FILE`);
  return { ...found, tokenizer };
}

/**
 * Opens a checkpoint file or folder, the shipped model, or a zoo shape with synthetic weights; with `@bf16`,
 * `@fp16` or `@int8` behind its name as if it were a file of those numbers (GGUF, llama2.c version 2).
 */
export function findModel(name: string, tokenizerPath: string | undefined, seed: number): FoundModel {
  const [, plain, encoding] = /^(.+)@(\w+)$/.exec(name) ?? [];
  if (plain === undefined || existsSync(name)) return openPlain(name, tokenizerPath, seed);
  const write = REWRITTEN[oneOf(encoding, Object.keys(REWRITTEN) as (keyof typeof REWRITTEN)[], `${plain}@`)];
  const from = openPlain(plain, tokenizerPath, seed);
  const parts: Uint8Array[] = [];
  write(from.checkpoint, (bytes) => parts.push(bytes.slice()));
  const source = bytesSource(Buffer.concat(parts));
  const checkpoint = encoding === 'int8' ? openLlama2c(source, name) : openGguf(source, name);
  const sha256 = rewrittenHash(from.sha256, encoding);
  return { ...from, name: `${from.name}@${encoding}`, checkpoint, sha256 };
}

const hashOfText = (text: string): string => createHash('sha256').update(text).digest('hex');
const rewrittenHash = (sha256: string, encoding: string): string => hashOfText(`${sha256} ${encoding}`);
const recipeHash = (name: string, seed: number): string =>
  hashOfText(`synthetic ${JSON.stringify(zooModel(name).shape)} seed ${seed}`);

/** The bytes behind a model: the key they can be held by, and how to read them. */
export interface WeightBytes {
  readonly key: string;
  open(): ByteSource & { close?(): void };
}

/** Undefined for a folder of files, and for what is no model. */
export function weightBytes(name: string, seed: number): WeightBytes | undefined {
  const [, plain = name] = existsSync(name) ? [] : (/^(.+)@\w+$/.exec(name) ?? []);
  const path = plain === 'story' ? STORY_FILE : plain;
  if (existsSync(path)) {
    const isOneFile = !statSync(path).isDirectory() && !path.endsWith('.safetensors');
    return isOneFile ? { key: path, open: () => openFile(path, 'model') } : undefined;
  }
  if (!isZoo(plain)) return undefined;
  const open = () => syntheticCheckpoint(zooModel(plain).shape, String(seed)).source;
  return { key: recipeHash(plain, seed), open };
}

const isZoo = (name: string): boolean =>
  ZOO.some((model) => name === model.name || name === `${model.name}-shape`);

/** The sha256 that `openModel` would give, without making any weights. */
export function modelHash(name: string, tokenizerPath: string | undefined, seed: number): string {
  const [, plain, encoding] = /^(.+)@(\w+)$/.exec(name) ?? [];
  if (plain !== undefined && encoding in REWRITTEN && !existsSync(name))
    return rewrittenHash(modelHash(plain, tokenizerPath, seed), encoding);
  return isZoo(name) && !existsSync(name)
    ? recipeHash(name, seed)
    : findModel(name, tokenizerPath, seed).sha256;
}

function openPlain(name: string, tokenizerPath: string | undefined, seed: number): FoundModel {
  if (name === 'story') {
    return openCheckpoint('story', STORY_FILE, tokenizerPath ?? join(STORY, 'tokenizer.bin'));
  }
  if (existsSync(name)) return openCheckpoint(basename(name), name, tokenizerPath);
  const names = ['story', ...ZOO.flatMap((m) => [m.name, `${m.name}-shape`])];
  if (!names.includes(name)) {
    const close = nearest(name, names);
    const looksLikeFile = /[/]|\.(bin|gguf|xenon|safetensors)$/.test(name);
    throw new UsageError(
      looksLikeFile
        ? `model file not found: ${name}`
        : `unknown model '${name}': choose ${names.join(', ')}, or a checkpoint file${close ? ` (nearest: ${close})` : ''}`,
    );
  }
  const { shape } = zooModel(name);
  const synthetic = syntheticCheckpoint(shape, String(seed));
  const sha256 = recipeHash(name, seed);
  return {
    name: name.endsWith('-shape') ? name : `${name}-shape`,
    checkpoint: { ...synthetic, source: heldSource(sha256) ?? synthetic.source },
    tokenizer:
      tokenizerPath === undefined
        ? syntheticTokenizer(shape.vocabulary, String(seed))
        : openTokenizer(tokenizerPath, shape.vocabulary, undefined),
    sha256,
    synthetic: true,
  };
}

/** Opens only the weights of a file or folder. */
function openWeights(path: string): { checkpoint: Checkpoint; folder: string } {
  if (statSync(path).isDirectory()) return { checkpoint: openFolder(path), folder: path };
  const file = heldSource(path) ?? openFile(path, 'model');
  if (path.endsWith('.safetensors')) return { checkpoint: openFolder(dirname(path)), folder: dirname(path) };
  const open = isConsole(file) ? openConsole : isGguf(file) ? openGguf : openLlama2c;
  return { checkpoint: open(file, path), folder: dirname(path) };
}

function isGguf(file: ByteSource): boolean {
  return file.size >= 4 && new TextDecoder().decode(file.read(0, 4)) === 'GGUF';
}

function openFolder(folder: string): Checkpoint {
  const config = join(folder, 'config.json');
  const shape = readConfig(readText(config, 'configuration'), config);
  const single = join(folder, 'model.safetensors');
  const files = existsSync(single) ? [single] : shardFiles(folder);
  return openSafetensors(
    files.map((path) => ({ name: path, source: openFile(path, 'model') })),
    shape,
  );
}

/** Files of a sharded model, as model.safetensors.index.json names them. */
function shardFiles(folder: string): string[] {
  const path = join(folder, 'model.safetensors.index.json');
  if (!existsSync(path))
    throw new UsageError(`${folder} has neither model.safetensors nor model.safetensors.index.json`);
  const { weight_map: map } = json(path) as { weight_map?: Record<string, string> };
  const names = typeof map === 'object' && map !== null ? [...new Set(Object.values(map))].sort() : [];
  if (names.length === 0 || names.some((name) => typeof name !== 'string' || basename(name) !== name))
    throw new UsageError(`${path}: its weight_map names no files of this folder`);
  return names.map((name) => join(folder, name));
}

function json(path: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(readText(path, 'file'));
    if (typeof value === 'object' && value !== null) return value as Record<string, unknown>;
  } catch (error) {
    if (error instanceof UsageError) throw error;
    throw new UsageError(`${path}: no JSON: ${(error as Error).message}`);
  }
  throw new UsageError(`${path}: no JSON object`);
}

function openCheckpoint(name: string, path: string, tokenizerPath: string | undefined): FoundModel {
  const { checkpoint, folder } = openWeights(path);
  requireFinite(checkpoint, path);
  const { vocabulary } = checkpoint.shape;
  const header = (checkpoint as Partial<GgufCheckpoint>).header;
  const found = tokenizerPath ?? (header === undefined ? besideModel(folder, vocabulary) : undefined);
  const embedded = found === undefined && header ? openGgufTokenizer(header, vocabulary, path) : undefined;
  const beside = found ?? (embedded === undefined ? besideModel(folder, vocabulary) : undefined);
  return {
    name,
    checkpoint,
    tokenizer: embedded ?? (beside === undefined ? undefined : openTokenizer(beside, vocabulary, folder)),
    sha256: sha256(checkpoint.source),
    synthetic: false,
  };
}

/** A tokenizer.json, with what its folder and the model's say of special tokens, or a tokenizer.bin. */
function openTokenizer(path: string, vocabulary: number, modelFolder: string | undefined): Tokenizer {
  if (!path.endsWith('.json')) return openLlama2cTokenizer(readBytes(path, 'tokenizer'), vocabulary, path);
  const folders = [modelFolder, dirname(path)].filter((folder) => folder !== undefined);
  const find = (file: string) => folders.map((folder) => join(folder, file)).find((p) => existsSync(p));
  const settings = find('tokenizer_config.json');
  const config = find('config.json');
  const ids = config === undefined ? {} : json(config);
  const id = (key: string, otherwise: number): number => {
    const value = Array.isArray(ids[key]) ? ids[key][0] : ids[key];
    return typeof value === 'number' ? value : otherwise;
  };
  return openTokenizerJson(
    readText(path, 'tokenizer'),
    vocabulary,
    {
      bos: id('bos_token_id', 0),
      eos: id('eos_token_id', 0),
      ...(settings === undefined ? {} : { config: readText(settings, 'tokenizer configuration') }),
    },
    path,
  );
}

/** llama2.c names its tokenizers tok<vocabulary>.bin, and tokenizer.bin for Llama 2's. */
function besideModel(folder: string, vocabulary: number): string | undefined {
  const names = ['tokenizer.json', `tok${vocabulary}.bin`, 'tokenizer.bin'];
  return names.map((n) => join(folder, n)).find((p) => existsSync(p));
}

/** Ids of a user's message in the model's chat template. */
export const chatPrompt = (model: OpenModel, message: string): number[] =>
  encodeChat(model.tokenizer, message, model.name);

/** Precision that most numbers of the matrices have in the guest. */
export function precisionOf(checkpoint: Checkpoint, quant: Precision | undefined): Precision {
  if (quant !== undefined) return quant;
  const matrices = storedTensors(checkpoint).filter(({ name }) => isMatrix(name));
  const largest = matrices.reduce((most, next) => (next.stored.bytes > most.stored.bytes ? next : most));
  return naturalPrecision(largest.stored);
}

/** `q80` where activations are quantised before they meet a matrix, else `fp32`. */
export function activationsOf(checkpoint: Checkpoint, quant: Precision | undefined): 'fp32' | 'q80' {
  const precision = precisionOf(checkpoint, quant);
  const grouped = precision === 'q80' || precision === 'q4_0';
  return grouped && checkpoint.quantizedActivations === true ? 'q80' : 'fp32';
}
