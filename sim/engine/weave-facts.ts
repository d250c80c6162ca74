import { REGISTER_COUNT } from '../isa/registers.js';

/**
 * What is known, while code is emitted, of how far ready times can lie after a clock that only moves forward. A wait
 * whose outcome is known needs no code.
 */
export class ReadyFacts {
  /** Upper bounds of ready[reg] - clock, plus the least progress since; infinite when nothing is known. */
  private readonly bound = new Float64Array(REGISTER_COUNT).fill(Number.POSITIVE_INFINITY);
  private progress = 0;

  /** Other code may come before the next instruction. */
  forget(): void {
    this.bound.fill(Number.POSITIVE_INFINITY);
  }

  /** What is known now, for other code that only follows this. */
  copy(): ReadyFacts {
    const copy = new ReadyFacts();
    copy.take(this);
    return copy;
  }

  take(other: ReadyFacts): void {
    this.bound.set(other.bound);
    this.progress = other.progress;
  }

  /** The clock has moved by at least this much. */
  advance(least: number): void {
    this.progress += least;
  }

  /** Whether `ready[reg] + extra` certainly is not after the clock. */
  past(reg: number, extra: number): boolean {
    return this.bound[reg] - this.progress + extra <= 0;
  }

  /** ready[reg] lies at most `ahead` after the clock. */
  atMost(reg: number, ahead: number): void {
    this.bound[reg] = this.progress + ahead;
  }

  unknown(reg: number): void {
    this.bound[reg] = Number.POSITIVE_INFINITY;
  }
}
