import test from 'ava';
import { Command } from 'commander';
import { commandsFor } from '../../experiments/cli/commands.js';

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
