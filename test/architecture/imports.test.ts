import { readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import test from 'ava';
import { packageRoot } from '../../experiments/node/package.js';

/** The house keeps its shape: imports point one way, sim and models know nothing of Node, names stay out of text. */
interface Source {
  readonly path: string;
  readonly text: string;
  /** Repository-relative files or package names. */
  readonly imports: readonly string[];
}

function sources(folder: string): Source[] {
  return readdirSync(join(packageRoot, folder)).flatMap((name) => {
    const path = join(folder, name);
    if (statSync(join(packageRoot, path)).isDirectory()) return sources(path);
    if (!name.endsWith('.ts')) return [];
    const text = readFileSync(join(packageRoot, path), 'utf8');
    const found = [...text.matchAll(/^(?:import|export)\b[^;]*?from\s+'([^']+)'|^import\s+'([^']+)'/gm)];
    const imports = found.map((m) => {
      const name = m[1] ?? m[2];
      return name.startsWith('.')
        ? relative(packageRoot, resolve(packageRoot, dirname(path), name)).replace(/(\.js|\.ts)?$/, '.ts')
        : name;
    });
    return [{ path, text, imports }];
  });
}

const HOUSE = ['sim', 'models', 'experiments', 'reports'];
const all = HOUSE.flatMap(sources);
const within = (folder: string) => all.filter(({ path }) => path.startsWith(`${folder}/`));

function violations(
  files: readonly Source[],
  forbidden: (imported: string, from: Source) => boolean,
): string[] {
  return files.flatMap((f) => f.imports.filter((i) => forbidden(i, f)).map((i) => `${f.path} imports ${i}`));
}
const isLocal = (name: string) => HOUSE.some((top) => name.startsWith(`${top}/`));

test('the sources are found', (t) => {
  t.true(all.length > 100);
  t.true(all.some(({ imports }) => imports.length > 3));
});

test('sim imports nothing of the other folders', (t) => {
  t.deepEqual(
    violations(within('sim'), (i) => isLocal(i) && !i.startsWith('sim/')),
    [],
  );
});

test('models import sim only', (t) => {
  t.deepEqual(
    violations(within('models'), (i) => isLocal(i) && !/^(sim|models)\//.test(i)),
    [],
  );
});

test('reports import nothing of the simulator', (t) => {
  t.deepEqual(
    violations(within('reports'), (i) => isLocal(i) && !i.startsWith('reports/')),
    [],
  );
});

test('sim and models use nothing of Node', (t) => {
  const files = [...within('sim'), ...within('models')];
  t.deepEqual(
    violations(files, (i) => i.startsWith('node:')),
    [],
  );
  const uses = /\b(process\.|Buffer\.|require\()/;
  t.deepEqual(
    files.filter(({ text }) => uses.test(withoutComments(text))).map(({ path }) => path),
    [],
  );
});

test('sim and models use no transcendental function of Math', (t) => {
  const uses = /Math\.(exp|expm1|log|log2|log10|log1p|pow|sin|cos|tan|tanh|sinh|cosh|cbrt|hypot)\b/;
  const files = [...within('sim'), ...within('models')];
  t.deepEqual(
    files.filter(({ text }) => uses.test(withoutComments(text))).map(({ path }) => path),
    [],
  );
});

test('inside sim: isa and memory stand below the rest', (t) => {
  const allowed: Record<string, RegExp> = {
    'sim/isa': /^sim\/isa\//,
    'sim/asm': /^sim\/(isa|asm)\//,
    // Memory knows where state lies and what a machine is, but no instruction.
    'sim/memory': /^sim\/(memory|machine\/(resolve|errors)|engine\/context)\b/,
    // Profiles by function need the symbols of a program, stacks the words of timing.
    'sim/observe': /^sim\/(observe|isa|asm|timing|memory\/system|engine\/(context|dataflow))\b/,
  };
  for (const [folder, pattern] of Object.entries(allowed)) {
    t.deepEqual(
      violations(within(folder), (i) => isLocal(i) && !pattern.test(i)),
      [],
      folder,
    );
  }
});

/** Files in circles, each as the way round. */
function circles(): string[] {
  const files = new Map(all.map((file) => [file.path, file]));
  const done = new Set<string>();
  const found: string[] = [];
  const visit = (path: string, way: readonly string[]): void => {
    if (way.includes(path)) found.push([...way.slice(way.indexOf(path)), path].join(' -> '));
    else if (!done.has(path)) {
      for (const imported of files.get(path)?.imports ?? []) visit(imported, [...way, path]);
      done.add(path);
    }
  };
  for (const { path } of all) visit(path, []);
  return found;
}

test('no file imports itself by way of others, types included', (t) => {
  t.deepEqual(circles(), []);
});

test('no cycle count stands in the instruction set', (t) => {
  t.deepEqual(
    within('sim/isa')
      .filter(({ text }) => /\b(latency|cycles)\s*[:=]\s*\d/i.test(withoutComments(text)))
      .map((f) => f.path),
    [],
  );
});

test('files stay readable: at most 600 lines, tables 1000', (t) => {
  const limit = (path: string) => (path.startsWith('sim/isa/') || path.includes('xbox360') ? 1000 : 600);
  const long = all.filter(({ path, text }) => text.split('\n').length > limit(path));
  t.deepEqual(
    long.map(({ path }) => path),
    [],
  );
});

const withoutComments = (text: string): string =>
  text.replace(/\/\*[\s\S]*?\*\//g, '').replace(/^\s*\/\/.*$/gm, '');
