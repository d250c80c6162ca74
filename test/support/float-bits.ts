/* Floats and their bits, those of doubles as bigints, of singles as words. */

const cell = new DataView(new ArrayBuffer(8));
export const bitsOf = (x: number): bigint => {
  cell.setFloat64(0, x);
  return cell.getBigUint64(0);
};
export const numberOf = (bits: bigint): number => {
  cell.setBigUint64(0, bits);
  return cell.getFloat64(0);
};
export const single = (word: number): number => {
  cell.setUint32(0, word);
  return cell.getFloat32(0);
};
export const wordOf = (x: number): number => {
  cell.setFloat32(0, x);
  return cell.getUint32(0);
};
