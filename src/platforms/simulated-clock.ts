/** The clock of a simulated portal, which may be off. */
export class SimulatedClock {
  /** How much it is ahead of the real one; negative: behind. */
  aheadSeconds = 0;

  now(): Date {
    return new Date(Date.now() + this.aheadSeconds * 1000);
  }
}
