import { z } from 'zod';
import type { Json, JsonObject } from '../../../lib/json.js';
import { asJson } from '../json-of.js';
import { PortalFault } from './portal-fault.js';

/** Any code that portals were seen to give: a text, the empty one too, a number, an object of REST 3.0. */
const Code = z.union([z.string(), z.number(), z.record(z.string(), z.json())]);

const Order = z.strictObject({
  /** E.g. `bizproc.workflow.start`, in a batch or alone; `batch` itself; `oauth/token`. */
  method: z.string().min(1),
  /** Absent: nothing is ordered for the method any more. */
  error: Code.optional(),
  description: z.string().optional(),
  /** A command of a batch has none. */
  status: z.int().min(200).max(599).default(400),
  /** How many calls it is for; absent: each one until told otherwise. */
  next: z.int().positive().optional(),
  /** The method does its work first. */
  executes: z.boolean().default(false),
  /** What the body holds beside the error, e.g. `argument`. */
  more: z.record(z.string(), z.json()).default({}),
});

interface OrderedError {
  readonly method: string;
  readonly fault: PortalFault;
  readonly executes: boolean;
  left: number;
}

/** Failures that methods of the simulated portal are told to give, whoever calls; none at first. */
export class OrderedErrors {
  #orders: readonly OrderedError[] = [];

  /** @returns what holds from now on. @throws ZodError  it is no such order */
  order(body: unknown): JsonObject {
    const { method: name, error, description, status, next, executes, more } = Order.parse(body);
    const method = name.toLowerCase();
    if (error === undefined) {
      this.#orders = this.#orders.filter((one) => one.method !== method);
      return { method };
    }
    const fault = new PortalFault(status, codeOf(error), description ?? null, asJson(more));
    this.#orders = [...this.#orders, { method, fault, executes, left: next ?? Number.POSITIVE_INFINITY }];
    return asJson({ method, error, description, status, next, executes, more });
  }

  /** The failure that this call has to give, the oldest order first. */
  take(method: string): Pick<OrderedError, 'fault' | 'executes'> | null {
    const order = this.#orders.find((one) => one.method === method);
    if (!order) return null;
    order.left -= 1;
    if (order.left === 0) this.#orders = this.#orders.filter((one) => one !== order);
    return order;
  }
}

function codeOf(error: z.infer<typeof Code>): Json {
  return typeof error === 'object' ? asJson(error) : error;
}
