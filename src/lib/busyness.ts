import { performance } from 'node:perf_hooks';

/** Less than this and the loop has time left; the rest of it goes where programs share their cores. */
const busyFrom = 0.85;
const lookEveryMs = 500;

/** Whether this process has no time left: whether its loop was at work nearly all of the last half second. */
export class Busyness {
  #before = performance.eventLoopUtilization();
  #lookedAtMs = performance.now();
  #isBusy = false;

  get isBusy(): boolean {
    const now = performance.now();
    if (now - this.#lookedAtMs >= lookEveryMs) {
      const whole = performance.eventLoopUtilization();
      this.#isBusy = performance.eventLoopUtilization(whole, this.#before).utilization >= busyFrom;
      this.#before = whole;
      this.#lookedAtMs = now;
    }
    return this.#isBusy;
  }
}
