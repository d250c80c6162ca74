import type { Semantics } from '../isa/semantics.js';
import type { Emitter } from './emitter.js';
import { floatSemantics } from './translate-float.js';
import { integerSemantics } from './translate-integer.js';
import { memorySemantics } from './translate-memory.js';
import { type TranslationMode, Untranslated } from './translate-values.js';
import { vectorSemantics } from './translate-vector.js';

/** Semantics over an emitter; the instruction's address is set before each. Costly to make, so made once a region. */
export type MovingSemantics = Omit<Semantics, 'pc'> & { pc: number };

export function semanticsOf(e: Emitter, mode: TranslationMode, pushContext: () => void): MovingSemantics {
  return {
    sf: mode.sf,
    pc: 0,
    branch: (cond) => e.branch(cond as never, undefined),
    branchIndirect: (cond, target) => e.branch(cond as never, target as never),
    systemCall: () => {
      throw new Untranslated('sc');
    },
    illegal: (message: string) => {
      throw new Untranslated(message);
    },
    trap: (cond) => e.leaveWhen(cond as never),
    ...integerSemantics(e),
    ...memorySemantics(e, pushContext),
    ...floatSemantics(e),
    ...vectorSemantics(e),
  };
}
