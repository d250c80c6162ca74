import { bytesSource } from '../../models/checkpoint/byte-source.js';
import { openLlama2c } from '../../models/checkpoint/llama2c.js';
import { referenceModel } from '../../models/reference.js';
import { argmax } from '../../models/sampler.js';
import { sharedFile, sharedFloats, sharedJson, withShared } from '../support/shared.js';

interface Expected {
  ids: number[];
  num_prompt_tokens: number;
  positions_forwarded: number;
}

for (const story of ['once', 'sleepy']) {
  for (const file of ['stories260K.bin', 'stories260K_v1.bin']) {
    withShared(`${file}: logits and greedy ids of '${story}' are llama2.c's`, (t) => {
      const expected = sharedJson<Expected>(`expected/stories260K.${story}.json`);
      const logits = sharedFloats(`expected/stories260K.${story}.logits_pos0-2.f32.bin`);
      const model = referenceModel(openLlama2c(bytesSource(sharedFile(`llama2c/${file}`)), file), 256);
      const { ids } = expected;
      for (let position = 0; position < expected.positions_forwarded; position++) {
        const found = model.forward(ids[position], position);
        if (position < 3) {
          const wanted = logits.subarray(position * 512, (position + 1) * 512);
          const worst = found.reduce((most, value, i) => Math.max(most, Math.abs(value - wanted[i])), 0);
          t.true(worst < 5e-5, `position ${position}: logits differ by ${worst}`);
        }
        if (position + 1 >= expected.num_prompt_tokens)
          t.is(argmax(found), ids[position + 1], `position ${position}`);
      }
    });
  }
}
