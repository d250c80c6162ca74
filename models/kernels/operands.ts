import { CONTROL, CONTROL_BYTES, writeControl } from '../control.js';
import { floatBytes, type Tolerance } from './call.js';

/** Results that must be equal in every bit. */
export const EXACT: Tolerance = { relative: 0, absolute: 0 };
/** Sums in another order than the reference's. */
export const SUM: Tolerance = { relative: 0, absolute: 2e-6 };

export interface ControlFields {
  readonly dim?: number;
  readonly heads?: number;
  readonly token?: number;
  readonly position?: number;
  readonly temperature?: number;
  readonly topP?: number;
  readonly seed?: bigint;
  readonly epsilon?: number;
}

/** A control block as a buffer of a call. */
export function control(fields: ControlFields): { bytes: Uint8Array } {
  const { dim = 64, heads = 1, temperature = 1, topP = 0.9, seed = 1n } = fields;
  const bytes = new Uint8Array(CONTROL_BYTES);
  writeControl(bytes, { dim, heads, normEpsilon: fields.epsilon }, { temperature, topP, seed });
  const view = new DataView(bytes.buffer);
  view.setUint32(CONTROL.token, fields.token ?? 0);
  view.setUint32(CONTROL.position, fields.position ?? 0);
  return { bytes };
}

export const buffer = (values: ArrayLike<number>, little = false): { bytes: Uint8Array } => ({
  bytes: floatBytes(values, little),
});

/** Room for results. */
export const empty = (floats: number): { bytes: Uint8Array } => ({ bytes: new Uint8Array(4 * floats) });
