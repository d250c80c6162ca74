import v8 from 'node:v8';

/**
 * Node 20 has relaxed SIMD behind a flag that may be set while running; later versions have it on. Whether the
 * host's relaxed multiply-add is truly fused is probed by the simulator itself. Branch hints, behind another flag, are
 * but speed.
 */
export function enableRelaxedSimd(): void {
  v8.setFlagsFromString('--experimental-wasm-relaxed-simd');
  v8.setFlagsFromString('--experimental-wasm-branch-hinting');
}
