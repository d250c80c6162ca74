import { decode } from '../isa/table.js';
import { syncKindOf } from '../timing/rules.js';

/** Which words are synchronising instructions. Each is decoded once, as engines ask before every instruction. */
export class SyncWords {
  private readonly known = new Map<number, boolean>();

  has(word: number): boolean {
    let isSync = this.known.get(word);
    if (isSync === undefined) {
      const decoded = decode(word);
      isSync = decoded !== undefined && syncKindOf(decoded) !== undefined;
      this.known.set(word, isSync);
    }
    return isSync;
  }
}
