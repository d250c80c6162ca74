/*
 * Compiles the memory system (sim/memory/wasm), that of machines with an issue window (sim/memory/plain), the timing of
 * such windows (sim/timing/wasm), the look-up of timing records (sim/timing/records) and the scheduler
 * (sim/machine/wasm), all AssemblyScript, to module.js in the same folders of dist, which carry the WebAssembly code as
 * text, so that nothing but JavaScript is needed to use it.
 *
 * The machine's numbers (numbers.ts) are imports in the source. Here each use becomes an `i32.const` of five bytes, or the
 * offset of a load or store in modules (`offsets`) where numbers are added to addresses and no sum is larger than a word;
 * module.js says where they are, and the simulator writes a machine's numbers there before it makes a module. So the
 * engine's optimiser sees constants.
 *
 * A branch on `seldom(condition)` is marked as one rarely taken (branch hinting proposal; engines that do not know it
 * pass over the section): calls behind it then keep no values out of registers on the common way.
 */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const MODULES = [
  { source: 'sim/memory/wasm', options: [] },
  { source: 'sim/machine/wasm', options: ['--importTable'], offsets: true },
  { source: 'sim/memory/plain', options: [] },
  { source: 'sim/timing/wasm', options: [] },
  { source: 'sim/timing/records', options: [] },
];
const OPTIONS = ['--runtime', 'stub', '--importMemory', '--noExportMemory', '--initialMemory', '1', '--noAssert'];
const FEATURES = ['--enable', 'simd', '--enable', 'bulk-memory', '-O3'];
/** A number is added to an address just before that is used. */
const OFFSET = /global\.get (\S+)\n *i32\.add\n(?:( *(?:local\.get|i\d\d\.const) \S+\n)( *i\d\d\.store\w*)|( *i\d\d\.load\w*))\n/g;

for (const module of MODULES) {
  const { source } = module;
  const target = join(root, 'dist', source, 'module.js');
  const made = `// ${hashOf(source)}\n`;
  if (!existsSync(target) || !readFileSync(target, 'utf8').startsWith(made)) await build(module, target, made);
}

/** Of everything the module is made from. */
function hashOf(source) {
  const files = readdirSync(join(root, source)).filter((name) => name.endsWith('.ts') && !name.endsWith('.d.ts'));
  const tools = ['node_modules/assemblyscript/package.json', 'build/wasm-modules.js'];
  const hash = createHash('sha256');
  for (const file of [...files.map((name) => join(source, name)), ...tools]) {
    hash.update(readFileSync(join(root, file)));
  }
  return hash.digest('hex');
}

async function build({ source, options, offsets = false }, target, made) {
  const asc = await import('assemblyscript/asc');
  const { default: binaryen } = await import('assemblyscript/binaryen');
  let text = '';
  const { error, stderr } = await asc.main(
    [`${source}/index.ts`, '--baseDir', root, '--textFile', 'module.wat', ...OPTIONS, ...options, ...FEATURES],
    {
      readFile: (name, base) => {
        const path = join(base, name);
        return existsSync(path) ? inlined(readFileSync(path, 'utf8')) : null;
      },
      writeFile: (_name, contents) => {
        text = contents;
      },
    },
  );
  if (error) {
    console.error(stderr.toString());
    process.exit(1);
  }
  if (/^ \(data/m.test(text)) throw new Error(`${source} has static data: all state must be in the linear memory`);
  const { code, places } = withConstants(binaryen, text, offsets);
  mkdirSync(dirname(target), { recursive: true });
  writeFileSync(
    target,
    `${made}export const code = '${Buffer.from(code).toString('base64')}';\n` +
      `export const places = ${JSON.stringify(places)};\n`,
  );
}

/** AssemblyScript's decorator where a comment says `@inline`: it is no TypeScript that other tools could read. */
function inlined(text) {
  return text.replace(/(@inline\b[^*]*\*\/\n)(export )?function/g, '$1@inline $2function');
}

/** Marks branches on `seldom(condition)`, an import until here. */
function withHints(text) {
  const imported = /^ \(import "\w+" "seldom" \(func (\S+) .*\n/m;
  const name = text.match(imported)?.[1];
  if (name === undefined) return text;
  const parts = text.replace(imported, '').split(`call ${name}\n`);
  if (!parts.slice(1).every((part) => /^ *(if|br_if)\b/.test(part))) {
    throw new Error('a branch on `seldom` has become something else');
  }
  return parts.join('(@metadata.code.branch_hint "\\00")\n');
}

/** Turns the imported numbers into constants; returns the code and where the bytes of each number are. */
function withConstants(binaryen, text, offsets) {
  const imported = /^ \(import "[\w/]*numbers" "(\w+)" \(global (\S+) i32\)\)\n/gm;
  const names = new Map([...text.matchAll(imported)].map(([, name, global], i) => [global, { name, mark: 0x4a5b0000 + i }]));
  const uses = new Map();
  const use = (global, whole, marked) => {
    const number = names.get(global);
    if (number === undefined) return whole;
    uses.set(number.name, (uses.get(number.name) ?? 0) + 1);
    return marked(number.mark);
  };
  const asOffset = (whole, global, value, store, load) =>
    use(global, whole, (mark) => `${value ?? ''}${store ?? load} offset=${mark}\n`);
  const marked = text
    .replace(imported, '')
    .replace(OFFSET, (whole, ...parts) => (offsets ? asOffset(whole, ...parts) : whole))
    .replace(/\(?global\.get (\S+?)\)?(?=[\s)])/g, (whole, global) => use(global, whole, (mark) => whole.replace(`global.get ${global}`, `i32.const ${mark}`)));
  const module = binaryen.parseText(withHints(marked));
  module.setFeatures(binaryen.Features.SIMD128 | binaryen.Features.NontrappingFPToInt | binaryen.Features.BulkMemory | binaryen.Features.BulkMemoryOpt | binaryen.Features.MutableGlobals);
  if (!module.validate()) throw new Error('the module does not validate');
  // Function names, for profiles.
  binaryen.setDebugInfo(true);
  const code = Buffer.from(module.emitBinary());
  if (process.env.MODULE_WAT) writeFileSync(process.env.MODULE_WAT, module.emitText());
  const places = {};
  for (const { name, mark } of names.values()) {
    const bytes = Buffer.from([...[0, 7, 14, 21].map((shift) => ((mark >> shift) & 127) | 128), mark >> 28]);
    places[name] = [];
    for (let at = code.indexOf(bytes); at >= 0; at = code.indexOf(bytes, at + 1)) places[name].push(at);
    if (places[name].length !== (uses.get(name) ?? 0)) {
      throw new Error(`${name} is used ${uses.get(name)} times but stands at ${places[name].length} places`);
    }
  }
  return { code, places };
}
