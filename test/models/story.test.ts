import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import { packageRoot } from '../../experiments/node/package.js';
import { runOf } from '../support/runs.js';

/** The model shipped with the package tells exactly the story it was shipped with. */
test('the exact greedy text of "Sleepy Joe said"', async (t) => {
  const expected = JSON.parse(readFileSync(join(packageRoot, 'models/story/expected.json'), 'utf8'));
  const result = await runOf({ prompt: expected.prompt, mode: 'functional', threads: '1' });
  // The list leaves out the BOS that ends the story.
  t.deepEqual(result.tokens, [...expected.tokens, 1]);
  t.is(result.text, expected.text);
});
