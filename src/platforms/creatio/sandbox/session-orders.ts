import { z } from 'zod';

const Orders = z.strictObject({
  /**
   * How a request without a session is turned away; `runtime`: as this runtime does it. With `forbidden` a session that
   * ends stays, and only its CSRF token is not taken any more.
   */
  shape: z
    .enum(['runtime', 'redirect', 'message-401', 'empty-401', 'same-307', 'login-page', 'forbidden'])
    .default('runtime'),
  /** The session of that start from now on ends, or all do, before it is executed. */
  end: z.enum(['its', 'all']).default('its'),
  /** 10: the tenth; `null`: none. */
  atStart: z.int().positive().nullable().default(null),
  /** How long a start keeps its session. */
  runMs: z.int().min(0).max(300_000).default(0),
  /** The password of every user; `null`: the user's name. */
  password: z.string().nullable().default(null),
  /** What every login is answered; `null`: by its password. 2 lets the right password in and recommends a new one. */
  login: z.strictObject({ code: z.int(), type: z.string().nullable() }).nullable().default(null),
});

/** Orders of the control port on sessions; each replaces the one before. */
export class SessionOrders {
  #now = Orders.parse({});
  #startsLeft: number | null = null;

  get now(): z.infer<typeof Orders> {
    return this.#now;
  }

  /** @throws ZodError  it is no such order */
  order(body: unknown): object {
    this.#now = Orders.parse(body);
    this.#startsLeft = this.#now.atStart;
    return this.#now;
  }

  /** Told of a start at the gate: which sessions end by it; `null`: none. */
  startCame(): 'its' | 'all' | null {
    if (this.#startsLeft === null) return null;
    this.#startsLeft -= 1;
    if (this.#startsLeft > 0) return null;
    this.#startsLeft = null;
    return this.#now.end;
  }
}
