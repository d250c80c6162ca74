/** WebAssembly code of the timing records, base64; made by build/wasm-modules.js from the sources beside this file. */
export const code: string;
/** Where the five bytes of each number (numbers.ts) stand in it. */
export const places: Readonly<Record<string, readonly number[]>>;
