import { readFileSync } from 'node:fs';
import { capturedOutput } from '../../experiments/node/standard-streams.js';
import { type ElfProgram, readElf } from '../../sim/asm/elf.js';
import { CTX, contextBase } from '../../sim/engine/context.js';
import { Evaluator } from '../../sim/engine/evaluate.js';
import type { Event } from '../../sim/engine/event.js';
import { EvaluatingEngine, NO_MEMORY_SYSTEM, UntimedEngine } from '../../sim/engine/untimed.js';
import { AddressSpace } from '../../sim/linux/address-space.js';
import { LinuxProcess } from '../../sim/linux/process.js';
import { NO_FILES } from '../../sim/linux/special-files.js';
import { newMemory, type Works } from '../../sim/machine/xenon.js';
import { machineWith } from '../support/guest.js';

class ToldEvaluator extends Evaluator {
  constructor(
    buffer: ArrayBufferLike,
    space: AddressSpace,
    program: ElfProgram,
    private readonly tell: (event: Event) => void,
  ) {
    super(buffer, { sf: program.is64, mapped: space.mapped });
  }

  override step(thread: number): Event {
    const event = super.step(thread);
    if (event.stop === undefined || event.stop.kind === 'systemCall') this.tell(event);
    return event;
  }
}

/** Runs a program one instruction after the other, each told; returns how many were retired, and the output. */
export function everyEvent(
  file: string,
  tell: (event: Event) => void,
  memory = newMemory(),
  memorySystem: Works['memorySystem'] = NO_MEMORY_SYSTEM,
): { program: ElfProgram; retired: bigint; stdout: string } {
  const program = readElf(new Uint8Array(readFileSync(file)));
  const { buffer } = memory;
  const space = new AddressSpace(buffer);
  const evaluator = new ToldEvaluator(buffer, space, program, tell);
  const engine = new UntimedEngine(buffer, new EvaluatingEngine(buffer, evaluator));
  const stdout = capturedOutput();
  const options = {
    arguments: ['program'],
    environment: [],
    fileSystem: NO_FILES,
    standard: [stdout, stdout, stdout],
    seed: '1',
    threads: 1,
    say: () => {},
  };
  new LinuxProcess(memory, space, program, machineWith(), { engine, memorySystem }, options).run();
  const retired = new DataView(buffer).getBigUint64(contextBase(0) + CTX.instructions, true);
  return { program, retired, stdout: stdout.text() };
}
