import { z } from 'zod';

const OrderBody = z.strictObject({
  /** send: as usual; drop: the portal's queue lost it; duplicate: twice at once. */
  do: z.enum(['send', 'drop', 'duplicate']),
  /** Posted that much later. */
  ms: z.int().min(0).max(3_600_000).optional(),
  /** For how many callbacks; absent: for every one until told otherwise. */
  next: z.int().positive().optional(),
});

/** How the next callbacks are posted. */
export type Order = Pick<z.infer<typeof OrderBody>, 'do' | 'ms'>;

/** What was to be told to a handler, with tokens: the truth of the simulated portal. */
export interface Told {
  readonly handler: string;
  readonly body: string;
  readonly do: Order['do'];
}

/** One attempt; `status` is `null` where no answer came. */
export interface Posted {
  readonly at: string;
  readonly handler: string;
  readonly status: number | null;
}

const mostKept = 1000;

/** How callbacks go out, and what became of them. */
export class CallbackOrders {
  readonly #told: Told[] = [];
  readonly #posted: Posted[] = [];
  #orders: { readonly order: Order; left: number }[] = [];

  /** Everything that was to be told, and every attempt, oldest first; the last thousand of each. */
  get seen(): { readonly told: readonly Told[]; readonly posted: readonly Posted[] } {
    return { told: this.#told, posted: this.#posted };
  }

  /** `{do, ms?, next?}`; `send` alone ends what was ordered. @throws ZodError  it is no such order */
  order(body: unknown): object {
    const { next, ...order } = OrderBody.parse(body);
    if (order.do === 'send' && order.ms === undefined) this.#orders = [];
    else this.#orders.push({ order, left: next ?? Number.POSITIVE_INFINITY });
    return order;
  }

  next(): Order {
    const [first] = this.#orders;
    if (!first) return { do: 'send' };
    first.left -= 1;
    if (first.left <= 0) this.#orders.shift();
    return first.order;
  }

  told(one: Told): void {
    this.#told.push(one);
    if (this.#told.length > mostKept) this.#told.shift();
  }

  posted(one: Posted): void {
    this.#posted.push(one);
    if (this.#posted.length > mostKept) this.#posted.shift();
  }
}
