import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import { Command } from 'commander';
import { commandsFor } from '../../experiments/cli/commands.js';
import { runOptions } from '../../experiments/cli/run.js';
import { packageRoot } from '../../experiments/node/package.js';
import { openModel } from '../../experiments/run/model.js';
import type { RunOptions } from '../../experiments/run/request.js';

const namesOf = async (name: string | undefined): Promise<string[]> => {
  const program = new Command();
  for (const register of await commandsFor(name)) register(program);
  return program.commands.map((command) => command.name());
};

test('a command can be loaded alone, by the name it registers', async (t) => {
  const all = await namesOf(undefined);
  t.true(all.length >= 15);
  t.is(new Set(all).size, all.length);
  for (const name of all) {
    const own = await namesOf(name);
    t.true(own.includes(name) && own.length < all.length, name);
  }
  t.deepEqual(await namesOf('exek'), all, 'a suggestion needs to know all');
});

/** Commands that do something, with their names as they are typed. */
const leaves = (command: Command): Command[] =>
  command.commands.length === 0 ? [command] : command.commands.flatMap(leaves);

async function helpOfAll(): Promise<Map<string, string>> {
  const program = new Command('xenon');
  for (const register of await commandsFor(undefined)) register(program);
  return new Map(
    leaves(program).map((command) => {
      let text = '';
      command.configureOutput({
        writeOut: (piece) => {
          text += piece;
        },
      });
      command.outputHelp();
      return [`${command.parent!.name()} ${command.name()}`, text];
    }),
  );
}

/** Words of a line as a shell has them. */
const wordsOf = (line: string): string[] =>
  [...line.replace(/#.*/, '').matchAll(/"([^"]*)"|(\S+)/g)].map(([, quoted, plain]) => quoted ?? plain);

test('the help of each command has an example of it', async (t) => {
  const helps = await helpOfAll();
  t.true(helps.size >= 20);
  for (const [name, text] of helps) t.regex(text, new RegExp(`Examples?:\n(.*\n)*.*${name}`), name);
});

test('runs that README and help give as examples have room for their prompt', async (t) => {
  const lines = [readFileSync(join(packageRoot, 'README.md'), 'utf8'), ...(await helpOfAll()).values()]
    .flatMap((text) => text.split('\n'))
    .filter((line) => /^ *(npx )?xenon (start|run|annotate run|trace run)\b/.test(line));
  let looked = 0;
  for (const line of lines) {
    const command = runOptions(new Command()).allowUnknownOption().allowExcessArguments();
    const words = wordsOf(line);
    command.parse(words.slice(words.findLastIndex((word) => /^(start|run)$/.test(word)) + 1), {
      from: 'user',
    });
    const { model, prompt, steps } = command.opts<RunOptions>();
    if (/\.bin$/.test(model)) continue;
    looked++;
    t.true(openModel(model, undefined, 1).tokenizer.encode(prompt).length <= Number(steps), line);
  }
  t.true(looked >= 12, `${looked}`);
});
