import { headSize, type ModelShape, normEpsilon, ropeTheta } from '../zoo.js';
import { SAFETENSORS_NAMES } from './safetensors.js';
import { type Checkpoint, isMatrix, storedBytes, storedTensors, tensorShape } from './tensors.js';
import { encode, readPieces, type Sink } from './write.js';

export type SafetensorsType = 'f32' | 'f16' | 'bf16';

/** One safetensors file, named and ordered as Hugging Face has llama models, wq and wk in its rotary order. */
export function writeSafetensors(checkpoint: Checkpoint, type: SafetensorsType, sink: Sink): void {
  const { shape } = checkpoint;
  const header: Record<string, unknown> = { __metadata__: { format: 'pt' } };
  const tensors = storedTensors(checkpoint);
  let end = 0;
  for (const { name, layer } of tensors) {
    const { rows, columns } = tensorShape(shape, name);
    const bytes = storedBytes(type, rows * columns);
    header[SAFETENSORS_NAMES[name].replace('N', String(layer))] = {
      dtype: type.toUpperCase(),
      shape: isMatrix(name) ? [rows, columns] : [columns],
      data_offsets: [end, end + bytes],
    };
    end += bytes;
  }
  const text = JSON.stringify(header);
  const json = new TextEncoder().encode(text.padEnd(Math.ceil(text.length / 8) * 8));
  const length = new Uint8Array(8);
  new DataView(length.buffer).setBigUint64(0, BigInt(json.length), true);
  sink(length);
  sink(json);
  for (const { name, layer } of tensors)
    readPieces(checkpoint, name, layer, (values) => sink(encode(values, type)), 'half-split');
}

/** Text of the config.json that belongs to it. */
export function configText(shape: ModelShape, type: SafetensorsType): string {
  const dtype = { f32: 'float32', f16: 'float16', bf16: 'bfloat16' }[type];
  const config = {
    architectures: ['LlamaForCausalLM'],
    model_type: 'llama',
    hidden_act: 'silu',
    hidden_size: shape.dim,
    intermediate_size: shape.hiddenDim,
    num_hidden_layers: shape.layers,
    num_attention_heads: shape.heads,
    num_key_value_heads: shape.kvHeads,
    head_dim: headSize(shape),
    vocab_size: shape.vocabulary,
    max_position_embeddings: shape.sequence,
    tie_word_embeddings: shape.tiedClassifier,
    rms_norm_eps: normEpsilon(shape),
    rope_theta: ropeTheta(shape),
    bos_token_id: 1,
    eos_token_id: 2,
    torch_dtype: dtype,
  };
  return `${JSON.stringify(config, null, 2)}\n`;
}
