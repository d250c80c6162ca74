import {
  history,
  historyMask,
  linkDepth,
  linkStack,
  linkStackMask,
  mispredicts,
  predictor,
  predictorMask,
} from './numbers';
import { CONDITIONAL, FLAGS, INDIRECT, LINKS, PC, RETURNS } from './plan';

/** Whether a branch goes where the predictor and the link stack said; brings them up to date. See ReferenceTiming. */
export function foresees(context: i32, p: i32, taken: bool, next: i32): bool {
  const flags = load<i32>(p, FLAGS);
  let wrong = false;
  if ((flags & CONDITIONAL) !== 0) {
    const past = load<i32>(context + history);
    const counter = context + predictor + (((load<i32>(p, PC) >>> 2) ^ past) & predictorMask);
    const strength = <i32>load<u8>(counter);
    wrong = strength >= 2 !== taken;
    if (taken) store<u8>(counter, strength < 3 ? strength + 1 : 3);
    else store<u8>(counter, strength > 0 ? strength - 1 : 0);
    store<i32>(context + history, ((past << 1) | (taken ? 1 : 0)) & historyMask);
  }
  if (taken) {
    if ((flags & RETURNS) !== 0) {
      const depth = load<i32>(context + linkDepth) - 1;
      store<i32>(context + linkDepth, depth);
      if (load<i32>(context + linkStack + ((depth & linkStackMask) << 2)) !== next) wrong = true;
    }
    if ((flags & INDIRECT) !== 0) wrong = true;
  }
  if ((flags & LINKS) !== 0) {
    const depth = load<i32>(context + linkDepth);
    store<i32>(context + linkStack + ((depth & linkStackMask) << 2), load<i32>(p, PC) + 4);
    store<i32>(context + linkDepth, depth + 1);
  }
  if (wrong) store<i32>(context + mispredicts, load<i32>(context + mispredicts) + 1);
  return !wrong;
}
