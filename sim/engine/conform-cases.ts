import { z } from 'zod';

/**
 * Instruction cases: a few words of code, the registers and memory they start with, and what they must leave.
 * All values are hexadecimal without 0x; fields a case does not know are ignored.
 */

/** A file that is no list of cases; `problems` has one line for each thing wrong, with its place. */
export class BadCases extends Error {
  constructor(readonly problems: readonly string[]) {
    super(problems.join('\n'));
  }
}

const digits = (most: number) =>
  z
    .string()
    .regex(/^[0-9a-fA-F]+$/, 'expected hexadecimal digits without 0x')
    .max(most, `at most ${most} digits`);
const word = z.string().regex(/^[0-9a-fA-F]{8}$/, 'expected an instruction word of 8 hexadecimal digits');
const bytes = z.string().regex(/^([0-9a-fA-F]{2})*$/, 'expected whole bytes, two hexadecimal digits each');
const memory = z.array(z.object({ addr: digits(16), bytes })).default([]);
const registers = z.record(z.string(), digits(32)).default({});

const caseSchema = z.object({
  name: z.string(),
  addr: digits(16),
  words: z.array(word).min(1, 'expected at least one instruction word'),
  regs_in: registers,
  regs_out: registers,
  mem_in: memory,
  mem_out: memory,
  mode: z.union([z.literal(32), z.literal(64)], 'expected 32 or 64').default(64),
  f_by_value: z.array(z.string()).default([]),
  trap: z.boolean().default(false),
  note: z.string().optional(),
});

export type InstructionCase = z.output<typeof caseSchema>;

const fileSchema = z.object({ cases: z.array(caseSchema) });

/** Checks parsed JSON; throws BadCases naming every place that is wrong. */
export function instructionCases(json: unknown): InstructionCase[] {
  const result = fileSchema.safeParse(json);
  if (result.success) return result.data.cases;
  throw new BadCases(
    result.error.issues.map((issue) => {
      const place = issue.path
        .map((key) => (typeof key === 'number' ? `[${key}]` : `.${String(key)}`))
        .join('');
      return `${place.replace(/^\./, '') || 'file'}: ${issue.message}`;
    }),
  );
}
