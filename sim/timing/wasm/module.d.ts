/** The code of window timing, base64; made by build/wasm-modules.js from the sources beside this file. */
export const code: string;
/** Where the five bytes of each of the machine's numbers (numbers.ts) stand in it. */
export const places: Readonly<Record<string, readonly number[]>>;
