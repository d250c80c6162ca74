import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import type { AnnotateResult } from '../../reports/annotation.js';
import { hasShared, xenonHere } from '../support/runs.js';
import { SHARED } from '../support/shared.js';
import { compile, newFolder, withTools } from './support.js';

/** What a compiler makes of a product of floats: at -O3 values pass through the stack, and loads wait for stores. */
async function annotated(level: string): Promise<AnnotateResult> {
  const file = (name: string) => new Uint8Array(readFileSync(join(SHARED, 'llama2c', name)));
  const folder = newFolder({ 'model.bin': file('stories260K.bin'), 'tok.bin': file('tok512.bin') });
  const elf = compile('llama.c', 64, level, '-mcpu=cell');
  const program = [elf, 'model.bin', 'tok.bin', '5', '1,403,407,261'];
  const json = join(folder, 'annotation.json');
  const { status, stderr } = await xenonHere(
    'annotate',
    'exec',
    '--root',
    folder,
    '--json',
    json,
    ...program,
  );
  if (status !== 0) throw new Error(stderr);
  return JSON.parse(readFileSync(json, 'utf8')) as AnnotateResult;
}

if (hasShared) {
  withTools(
    'compilers',
    'the storm at -O3: most of the product waits for stores just made, each load names its store',
    async (t) => {
      const product = async (level: string) =>
        (await annotated(level)).places.find(({ name }) => name === 'product')!;
      const [plain, storm] = [await product('-O2'), await product('-O3')];
      const share = (place: typeof storm) => (place.causes.loadHitStore ?? 0) / place.cycles;
      t.log(`-O2: ${(100 * share(plain)).toFixed(1)} %, -O3: ${(100 * share(storm)).toFixed(1)} %`);
      t.true(share(storm) > 0.7);
      t.true(share(plain) < 0.1);
      const texts = new Map(storm.lines.map(({ address, text }) => [address, text]));
      const [worst] = [...storm.lines].sort((a, b) => b.cycles - a.cycles);
      t.is(worst.main?.leaf, 'loadHitStore');
      t.regex(texts.get(worst.main!.by!) ?? '', /^st/);
      for (const place of [plain, storm]) {
        t.is(
          Object.values(place.causes).reduce((a, b) => a + b, 0),
          place.cycles,
        );
      }
    },
  );
} else test.skip('the storm at -O3: skipped, the shared models are not there', () => {});
