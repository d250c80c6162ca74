/**
 * WebAssembly code of build/wasm-modules.js with each number written to its places, as a signed LEB128 of five bytes.
 */
export function withConstants(
  code: string,
  places: Readonly<Record<string, readonly number[]>>,
  numbers: Readonly<Record<string, number>>,
): Uint8Array<ArrayBuffer> {
  const text = atob(code);
  const bytes = new Uint8Array(text.length);
  for (let at = 0; at < text.length; at++) bytes[at] = text.charCodeAt(at);
  for (const [name, positions] of Object.entries(places)) {
    const value = wanted(name, numbers);
    for (const at of positions) {
      for (let i = 0; i < 4; i++) bytes[at + i] = ((value >> (7 * i)) & 127) | 128;
      bytes[at + 4] = (value >> 28) & 127;
    }
  }
  return bytes;
}

/** The number of a name that the code uses. */
export function wanted(name: string, numbers: Readonly<Record<string, number>>): number {
  const value = numbers[name];
  if ((value | 0) !== value) throw new Error(`WebAssembly code needs ${name}, got ${value}`);
  return value;
}

const modules = new Map<string, WebAssembly.Module>();
/** Modules kept; a sweep over machines needs each but once. */
const KEPT = 32;

/** The module of such code with a machine's numbers in it. */
export function moduleOf(
  code: string,
  places: Readonly<Record<string, readonly number[]>>,
  numbers: Readonly<Record<string, number>>,
): WebAssembly.Module {
  const values = Object.keys(places).map((name) => wanted(name, numbers));
  const key = `${values.join()}:${code}`;
  let module = modules.get(key);
  if (module === undefined) {
    module = new WebAssembly.Module(withConstants(code, places, numbers));
    if (modules.size === KEPT) modules.delete(modules.keys().next().value!);
    modules.set(key, module);
  }
  return module;
}
