import v8 from 'node:v8';
import { hasRelaxedSimd } from '../../sim/engine/fma.js';

/** From this major version of V8 on branch hints are on, and some day their flag will be gone. */
const V8_WITH_HINTS = 14;

/**
 * Sets flags of V8 that may be set while running, but only those it has: at any other it prints an error. Node 20 has
 * relaxed SIMD behind one; later versions have it on, and no flag. Whether the host's relaxed multiply-add is truly
 * fused is probed by the simulator itself. Branch hints are but speed.
 */
export function setHostFlags(): void {
  if (!hasRelaxedSimd()) v8.setFlagsFromString('--experimental-wasm-relaxed-simd');
  if (Number.parseInt(process.versions.v8, 10) < V8_WITH_HINTS)
    v8.setFlagsFromString('--experimental-wasm-branch-hinting');
}
