import { bytesSource } from '../../models/checkpoint/byte-source.js';
import { type Checkpoint, isMatrix, storedTensors, tensorShape } from '../../models/checkpoint/tensors.js';
import { encode, readPieces, type Sink } from '../../models/checkpoint/write.js';
import type { ModelShape } from '../../models/zoo.js';

/** The file that `write` makes. */
export function fileOf(write: (sink: Sink) => void): Uint8Array {
  const parts: Uint8Array[] = [];
  write((part) => parts.push(part.slice()));
  return new Uint8Array(Buffer.concat(parts));
}

const NAMES: Readonly<Record<string, string>> = {
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

/** Safetensors files with the tensors of a checkpoint in their order, `shards` of them. */
export function safetensorsOf(
  checkpoint: Checkpoint,
  encoding: 'f32' | 'f16' | 'bf16',
  shards = 1,
): Uint8Array[] {
  const all = storedTensors(checkpoint);
  return Array.from({ length: shards }, (_, shard) => {
    const header: Record<string, unknown> = { __metadata__: { format: 'pt' } };
    const parts: Uint8Array[] = [];
    let end = 0;
    for (const { name, layer } of all.filter((_tensor, i) => i % shards === shard)) {
      const { rows, columns } = tensorShape(checkpoint.shape, name);
      const bytes = fileOf((sink) => readPieces(checkpoint, name, layer, (v) => sink(encode(v, encoding))));
      header[NAMES[name].replace('N', String(layer))] = {
        dtype: encoding.toUpperCase(),
        shape: isMatrix(name) ? [rows, columns] : [columns],
        data_offsets: [end, end + bytes.length],
      };
      end += bytes.length;
      parts.push(bytes);
    }
    const text = new TextEncoder().encode(JSON.stringify(header));
    const length = new Uint8Array(8);
    new DataView(length.buffer).setBigUint64(0, BigInt(text.length), true);
    return new Uint8Array(Buffer.concat([length, text, ...parts]));
  });
}

export const shardsOf = (files: readonly Uint8Array[]) =>
  files.map((bytes, i) => ({ name: `model-${i}.safetensors`, source: bytesSource(bytes) }));

/** config.json of a shape. */
export function configOf(shape: ModelShape): Record<string, unknown> {
  return {
    model_type: 'llama',
    hidden_size: shape.dim,
    intermediate_size: shape.hiddenDim,
    num_hidden_layers: shape.layers,
    num_attention_heads: shape.heads,
    num_key_value_heads: shape.kvHeads,
    vocab_size: shape.vocabulary,
    max_position_embeddings: shape.sequence,
    tie_word_embeddings: shape.tiedClassifier,
    rms_norm_eps: 1e-5,
    rope_theta: shape.ropeTheta ?? 10000,
  };
}
