import { z } from 'zod';
import { UsageError } from '../../sim/machine/errors.js';
import type { ModelShape } from '../zoo.js';
import type { ByteSource } from './byte-source.js';
import { plainShape, requireShape } from './shape.js';
import {
  type Checkpoint,
  type Encoding,
  isMatrix,
  type StoredTensor,
  storedBytes,
  storedTensors,
  type TensorName,
  tensorShape,
} from './tensors.js';

/** One file of a model: its name for messages, its bytes. */
export interface Shard {
  readonly name: string;
  readonly source: ByteSource;
}

const size = z.number().int().nonnegative();
const entry = z.object({
  dtype: z.string(),
  shape: z.array(size).max(8),
  data_offsets: z.tuple([size, size]),
});

/** What config.json says of a llama model. */
const config = z.object({
  model_type: z.literal('llama'),
  hidden_act: z.literal('silu').optional(),
  hidden_size: size,
  intermediate_size: size,
  num_hidden_layers: size,
  num_attention_heads: size,
  num_key_value_heads: size.optional(),
  head_dim: size.nullish(),
  vocab_size: size,
  max_position_embeddings: size,
  tie_word_embeddings: z.boolean().optional(),
  rms_norm_eps: z.number().optional(),
  rope_theta: z.number().optional(),
  rope_interleaved: z.boolean().optional(),
  rope_scaling: z.null().optional(),
  attention_bias: z.literal(false).optional(),
  mlp_bias: z.literal(false).optional(),
});

const ENCODINGS: Readonly<Record<string, Encoding>> = { F32: 'f32', F16: 'f16', BF16: 'bf16' };

/** The files' names; `N` is the layer. */
export const SAFETENSORS_NAMES: Readonly<Record<TensorName, string>> = {
  tokenEmbedding: 'model.embed_tokens.weight',
  rmsAttention: 'model.layers.N.input_layernorm.weight',
  wq: 'model.layers.N.self_attn.q_proj.weight',
  wk: 'model.layers.N.self_attn.k_proj.weight',
  wv: 'model.layers.N.self_attn.v_proj.weight',
  wo: 'model.layers.N.self_attn.o_proj.weight',
  rmsFeedForward: 'model.layers.N.post_attention_layernorm.weight',
  w1: 'model.layers.N.mlp.gate_proj.weight',
  w2: 'model.layers.N.mlp.down_proj.weight',
  w3: 'model.layers.N.mlp.up_proj.weight',
  rmsFinal: 'model.norm.weight',
  classifier: 'lm_head.weight',
};

/** Shape of a Hugging Face llama model from the text of its config.json. */
export function readConfig(text: string, name: string): ModelShape {
  const parsed = config.safeParse(parseJson(text, name));
  if (!parsed.success) {
    const problems = parsed.error.issues
      .slice(0, 4)
      .map(({ path, message }) => `${path.join('.')}: ${message}`);
    throw new UsageError(
      `${name}: no configuration of a llama model that can be run: ${problems.join('; ')}`,
    );
  }
  const c = parsed.data;
  const heads = c.num_attention_heads;
  if (c.head_dim !== undefined && c.head_dim !== null && c.head_dim * heads !== c.hidden_size)
    throw new UsageError(`${name}: head_dim ${c.head_dim}: only hidden_size / heads can be run`);
  return requireShape(
    plainShape({
      dim: c.hidden_size,
      hiddenDim: c.intermediate_size,
      layers: c.num_hidden_layers,
      heads,
      kvHeads: c.num_key_value_heads ?? heads,
      vocabulary: c.vocab_size,
      sequence: c.max_position_embeddings,
      tiedClassifier: c.tie_word_embeddings ?? false,
      ropeTheta: c.rope_theta ?? 10000,
      ropeLayout: c.rope_interleaved ? 'interleaved' : 'half-split',
      normEpsilon: c.rms_norm_eps ?? 1e-6,
    }),
    name,
  );
}

const MOST_HEADER_BYTES = 16 << 20;

/**
 * Opens the safetensors files of a model (one, or several shards); reads only their headers. Several files
 * count as one that has them one behind the other.
 */
export function openSafetensors(shards: readonly Shard[], shape: ModelShape): Checkpoint {
  const tensors = new Map<string, z.infer<typeof entry> & { at: number; shard: Shard }>();
  let base = 0;
  for (const shard of shards) {
    const { entries, dataOffset } = readHeader(shard);
    for (const [label, value] of entries) {
      if (tensors.has(label)) throw new UsageError(`${shard.name}: ${label} is in another file too`);
      tensors.set(label, { ...value, at: base + dataOffset + value.data_offsets[0], shard });
    }
    base += shard.source.size;
  }
  const all = shards.length === 1 ? shards[0].name : `${shards[0].name} and others`;
  const stored = (tensor: TensorName, layer: number): StoredTensor => {
    const wanted = tensor === 'classifier' && shape.tiedClassifier ? 'tokenEmbedding' : tensor;
    const label = SAFETENSORS_NAMES[wanted].replace('N', String(layer));
    const found = tensors.get(label);
    if (found === undefined) throw new UsageError(`${all}: there is no tensor ${label}`);
    const { name } = found.shard;
    const { rows, columns } = tensorShape(shape, wanted);
    const dimensions = isMatrix(wanted) ? [rows, columns] : [columns];
    if (found.shape.join() !== dimensions.join()) {
      throw new UsageError(
        `${name}: ${label} has the shape ${found.shape.join(' x ')}, config.json asks for ${dimensions.join(' x ')}`,
      );
    }
    const encoding = ENCODINGS[found.dtype];
    if (encoding === undefined)
      throw new UsageError(`${name}: ${label} is of type ${found.dtype}: F32, F16 and BF16 can be read`);
    const bytes = storedBytes(encoding, rows * columns);
    const [from, to] = found.data_offsets;
    if (to - from !== bytes)
      throw new UsageError(
        `${name}: ${label} has ${to - from} bytes, ${dimensions.join(' x ')} ${encoding} needs ${bytes}`,
      );
    return { encoding, offset: found.at, bytes };
  };
  const source = shards.length === 1 ? shards[0].source : joined(shards.map((shard) => shard.source));
  const first = readHeader(shards[0]).dataOffset;
  const checkpoint: Checkpoint = {
    format: 'safetensors',
    shape,
    source,
    payloadOffset: first,
    payloadBytes: source.size - first,
    stored,
  };
  storedTensors(checkpoint);
  return checkpoint;
}

function readHeader({ name, source }: Shard): {
  entries: [string, z.infer<typeof entry>][];
  dataOffset: number;
} {
  if (source.size < 10)
    throw new UsageError(`${name}: truncated: ${source.size} bytes are no safetensors file`);
  const first = source.read(0, 8);
  const length = Number(new DataView(first.buffer, first.byteOffset, 8).getBigUint64(0, true));
  if (length > MOST_HEADER_BYTES || length < 2)
    throw new UsageError(`${name}: no safetensors file: its header would have ${length} bytes`);
  if (8 + length > source.size)
    throw new UsageError(
      `${name}: truncated: its header ends at byte ${8 + length}, the file has ${source.size}`,
    );
  const header = parseJson(new TextDecoder().decode(source.read(8, length)), name);
  if (typeof header !== 'object' || header === null || Array.isArray(header))
    throw new UsageError(`${name}: its header is no JSON object`);
  const dataOffset = 8 + length;
  const entries = Object.entries(header).filter(([label]) => label !== '__metadata__');
  return {
    dataOffset,
    entries: entries.map(([label, value]) => {
      const parsed = entry.safeParse(value);
      if (!parsed.success) throw new UsageError(`${name}: ${label} is described wrongly in the header`);
      const [from, to] = parsed.data.data_offsets;
      if (from > to || dataOffset + to > source.size)
        throw new UsageError(
          `${name}: truncated: ${label} ends at byte ${dataOffset + to}, the file has ${source.size}`,
        );
      return [label, parsed.data];
    }),
  };
}

function parseJson(text: string, name: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new UsageError(`${name}: no JSON: ${(error as Error).message}`);
  }
}

/** Sources one behind the other. */
function joined(sources: readonly ByteSource[]): ByteSource {
  const starts: number[] = [];
  let size = 0;
  for (const source of sources) {
    starts.push(size);
    size += source.size;
  }
  return {
    size,
    read(offset, length) {
      const out = new Uint8Array(length);
      sources.forEach((source, i) => {
        const from = Math.max(offset, starts[i]);
        const to = Math.min(offset + length, starts[i] + source.size);
        if (from < to) out.set(source.read(from - starts[i], to - from), from - offset);
      });
      return out;
    },
  };
}
