/**
 * One number for every architectural register part that an instruction can depend on.
 * Dataflow yields these numbers, timing indexes its ready times by them.
 */
export const GPR = 0;
export const FPR = 32;
export const VR = 64;
export const CRF = 192;
export const LR = 200;
export const CTR = 201;
export const CA = 202;
export const SO = 203;
export const OV = 204;
export const XER_COUNT = 205;
export const VRSAVE = 206;
export const FPSCR = 207;
export const VSCR = 208;
export const REGISTER_COUNT = 209;

/** Registers by their numbers, as people write them: r3, f1, v127, cr6, lr. */
export function registerName(id: number): string {
  if (id < FPR) return `r${id}`;
  if (id < VR) return `f${id - FPR}`;
  if (id < CRF) return `v${id - VR}`;
  if (id < LR) return `cr${id - CRF}`;
  return ['lr', 'ctr', 'ca', 'so', 'ov', 'xercount', 'vrsave', 'fpscr', 'vscr'][id - LR] ?? `reg${id}`;
}
