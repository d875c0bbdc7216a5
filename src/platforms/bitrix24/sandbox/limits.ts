import { z } from 'zod';
import type { JsonObject } from '../../../lib/json.js';
import type { SimulatedClock } from '../../simulated-clock.js';

/** Seconds of work that one method may cost in ten minutes. Source: the worked example of b24restdocs limits.md. */
const allowedSeconds = 480;
const windowSeconds = 600;

const Rate = z.strictObject({ burst: z.number().positive().nullable(), perSecond: z.number().positive().default(2) });
const Work = z.strictObject({
  method: z.string(),
  operatingSeconds: z.number().min(0),
  resetsInSeconds: z.number().positive().default(windowSeconds),
  tellsReset: z.boolean().default(true),
});

interface Counter {
  readonly seconds: number;
  readonly resetsAtMs: number;
  readonly tellsReset: boolean;
}

/** The limits of the simulated portal: requests a second, and work per method. None at first. */
export class PortalLimits {
  #rate: { readonly burst: number; readonly perSecond: number } | null = null;
  #level = 0;
  #drainedAtMs = 0;
  readonly #counters = new Map<string, Counter>();

  constructor(private readonly clock: SimulatedClock) {}

  /** `{burst, perSecond}` or `{method, operatingSeconds, resetsInSeconds?, tellsReset?}`. @throws ZodError */
  set(body: unknown): object {
    const rate = Rate.safeParse(body);
    if (rate.success) {
      const { burst, perSecond } = rate.data;
      this.#rate = burst === null ? null : { burst, perSecond };
      this.#level = 0;
      return rate.data;
    }
    const work = Work.parse(body);
    const resetsAtMs = Date.now() + work.resetsInSeconds * 1000;
    this.#counters.set(work.method.toLowerCase(), {
      seconds: work.operatingSeconds,
      resetsAtMs,
      tellsReset: work.tellsReset,
    });
    return work;
  }

  /** Takes one request out of the leaky bucket; false: it is over the brim, and the request does not count. */
  takesOne(): boolean {
    if (!this.#rate) return true;
    const nowMs = performance.now();
    this.#level = Math.max(0, this.#level - ((nowMs - this.#drainedAtMs) / 1000) * this.#rate.perSecond);
    this.#drainedAtMs = nowMs;
    if (this.#level + 1 > this.#rate.burst) return false;
    this.#level += 1;
    return true;
  }

  /** What answers say of a method's work. Times are by the portal's clock. */
  workOf(method: string): { readonly operating: number; readonly operating_reset_at: number } {
    const counter = this.#counterOf(method);
    const resetsAtMs = counter?.resetsAtMs ?? Date.now() + windowSeconds * 1000;
    return {
      operating: counter?.seconds ?? 0,
      operating_reset_at: Math.floor(resetsAtMs / 1000) + this.clock.aheadSeconds,
    };
  }

  /** What the refusal of a method holds beside its error; `null`: it has work left. */
  refusalOf(method: string, time: JsonObject): JsonObject | null {
    const counter = this.#counterOf(method);
    if (!counter || counter.seconds < allowedSeconds) return null;
    return counter.tellsReset ? { time } : {};
  }

  #counterOf(method: string): Counter | null {
    const counter = this.#counters.get(method);
    if (!counter || counter.resetsAtMs <= Date.now()) return null;
    return counter;
  }
}
