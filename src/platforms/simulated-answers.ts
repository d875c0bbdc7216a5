import { setTimeout as passed } from 'node:timers/promises';
import { z } from 'zod';

/** What a request asks for, in the gateway's words. */
export interface SimulatedOperation {
  readonly operation: string;
  readonly definition: string | null;
}

/** An answer as a simulated server gives it, or a broken connection. */
type SimulatedAnswer =
  | {
      readonly status: number;
      readonly headers?: Readonly<Record<string, string | readonly string[]>>;
      readonly body: string;
    }
  | { readonly reset: true };

const Operation = z.enum([
  'start',
  'send', // a document for signature; `start` means it too
  'terminate',
  'kill',
  'complete_element',
  'log_element',
  'complete_task',
  'delegate_task',
  'tasks',
  'observe',
  'elements',
  'definitions',
  'sign_in',
]);

const Mishap = z.enum([
  'lose', // it is executed, then the connection is reset
  'lose-before', // the connection is reset and nothing is executed
  'hang', // it is executed and never answered; the socket stays open until the client closes it
  'html-502', // a proxy's page; nothing is executed
  'truncate', // it is executed; half of the body comes
  'empty-200', // it is executed; a 200 without a body
]);

const Order = z.strictObject({
  operation: Operation,
  /** `answer` ends what was ordered for the operation. */
  do: z.enum(['answer', ...Mishap.options]),
  /** How many requests it is for; absent: every one until told otherwise. */
  next: z.int().positive().optional(),
  /** Every so many of them; absent: each one. */
  every: z.int().positive().optional(),
  definition: z.string().optional(),
});

const Delay = z.strictObject({ operation: Operation, ms: z.int().min(0).max(3_600_000) });

/** Orders to answer otherwise than well, given over the control port of a simulated portal; none at first. */
export class SimulatedAnswers {
  #orders: { readonly order: z.infer<typeof Order>; left: number; met: number }[] = [];
  readonly #delays = new Map<string, number>();

  /** `{operation, do, next?, every?, definition?}`. @throws ZodError  it is no such order */
  order(body: unknown): object {
    const order = Order.parse(body);
    if (order.do === 'answer') this.#orders = this.#orders.filter((one) => one.order.operation !== order.operation);
    else this.#orders.push({ order, left: order.next ?? Number.POSITIVE_INFINITY, met: 0 });
    return order;
  }

  /** `{operation, ms}`: executed at once, answered that much later. @throws ZodError  it is no such order */
  delay(body: unknown): object {
    const delay = Delay.parse(body);
    this.#delays.set(delay.operation, delay.ms);
    return delay;
  }

  /** Answers one request as ordered. `asked` holds every operation in it, a batch several. */
  async answered(
    asked: readonly SimulatedOperation[],
    execute: () => Promise<SimulatedAnswer>,
  ): Promise<SimulatedAnswer> {
    const mishap = this.#take(asked);
    if (mishap === 'lose-before') return { reset: true };
    if (mishap === 'html-502') return badGateway;
    const answer = await execute();
    const delayMs = Math.max(0, ...asked.map(({ operation }) => this.#delays.get(operation) ?? 0));
    if (delayMs > 0) await passed(delayMs, undefined, { ref: false });
    return mishap === null ? answer : spoilt(answer, mishap);
  }

  #take(asked: readonly SimulatedOperation[]): z.infer<typeof Mishap> | null {
    const found = this.#orders.find(
      ({ order, left }) =>
        left > 0 &&
        asked.some(
          ({ operation, definition }) =>
            operation === order.operation && (order.definition === undefined || order.definition === definition),
        ),
    );
    if (!found) return null;
    found.met += 1;
    if (found.met % (found.order.every ?? 1) !== 0) return null;
    found.left -= 1;
    if (found.left === 0) this.#orders = this.#orders.filter((one) => one !== found);
    return Mishap.parse(found.order.do);
  }
}

async function spoilt(answer: SimulatedAnswer, mishap: z.infer<typeof Mishap>): Promise<SimulatedAnswer> {
  if (mishap === 'hang') return new Promise(() => undefined);
  if (mishap === 'lose' || 'reset' in answer) return { reset: true };
  if (mishap === 'empty-200') return { status: 200, body: '' };
  return { ...answer, body: answer.body.slice(0, answer.body.length / 2) };
}

/** A page as a proxy writes it whose portal does not answer. */
export const badGateway = {
  status: 502,
  headers: { 'content-type': 'text/html' },
  body: '<html><head><title>502 Bad Gateway</title></head><body><h1>502 Bad Gateway</h1></body></html>',
} as const;
