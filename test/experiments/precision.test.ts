import test from 'ava';
import { openModel } from '../../experiments/run/model.js';
import { CHOICES, precisionErrors } from '../../experiments/run/precision.js';
import { xenonHere } from '../support/runs.js';

test('errors of precisions: none to speak of in fp32, the more the fewer bits, an int8 cache shows', (t) => {
  const model = openModel('story', undefined, 1);
  const choices = CHOICES.filter(
    ({ quant, activations, kvCache }) =>
      (quant === 'fp32' || kvCache === 'fp32') && activations === 'fp32' && quant !== 'fp16',
  );
  const prompt = model.tokenizer.encode('Sleepy Joe said');
  const seen: string[] = [];
  const errors = precisionErrors(model, prompt, 20, choices, ({ quant }) => seen.push(quant));
  t.deepEqual(seen, ['fp32', 'bf16', 'q80', 'q4_0', 'fp32']);
  const [fp32, bf16, q80, q4, cached] = errors.map(({ rootMeanSquare }) => rootMeanSquare);
  t.true(fp32 > 0 && fp32 < 1e-5);
  t.true(bf16 > 100 * fp32 && q80 > bf16 && q4 > q80);
  t.true(cached > 100 * fp32 && cached < q4);
  t.deepEqual([errors[0].agreeing, errors[0].positions, errors[0].firstOther], [20, 20, null]);
});

test('xenon precision: a table, JSON, and what it refuses', async (t) => {
  const { status, stdout } = await xenonHere('precision', '--steps', '8', '--json', '-');
  t.is(status, 0);
  const { schema, errors } = JSON.parse(stdout);
  t.is(schema, 'xenon-precision/1');
  t.is(errors.length, CHOICES.length);
  t.is((await xenonHere('precision', '--steps', '2')).status, 2);
});
