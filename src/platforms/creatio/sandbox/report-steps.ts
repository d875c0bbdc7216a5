import { z } from 'zod';
import { isLoopbackHost } from '../../../lib/loopback.js';
import { postJson } from '../../../lib/simulator.js';
import { runStatus, type RunStatus, type SimulatedRun } from './simulated-run.js';

const Order = z.strictObject({
  /** The code of the process that gets the elements. */
  definition: z.string().min(1),
  /** Where they post to, and what stands in their header `X-Report-Token`. */
  address: z.string().refine((text) => URL.canParse(text) && isLoopbackHost(new URL(text).hostname)),
  token: z.string(),
});

/**
 * The "Call web service" elements that an operator has put into processes: after the start, and last in each branch. Each posts
 * once, with the value of the input `gatewayProcessId`; the low-code element knows no id of its run.
 */
export class ReportSteps {
  readonly #orders = new Map<string, z.infer<typeof Order>>();
  /** What the calls were answered, in the order of their answers; `null`: by nobody. */
  readonly answered: { readonly definition: string; readonly outcome: string; readonly status: number | null }[] = [];

  /** @throws ZodError  it is no such order */
  order(body: unknown): object {
    const order = Order.parse(body);
    this.#orders.set(order.definition, order);
    return { definition: order.definition };
  }

  /** A run has come to one of its elements; one that was cancelled comes to none. */
  reached({ code, inputs }: SimulatedRun, status: RunStatus): void {
    const order = this.#orders.get(code);
    const outcome = outcomes[status];
    if (order && outcome) void this.#call(order, { processId: inputs['gatewayProcessId'] ?? '', outcome });
  }

  async #call(
    { definition, address, token }: z.infer<typeof Order>,
    body: { readonly processId: string; readonly outcome: string },
  ): Promise<void> {
    const message = body.outcome === 'failed' ? { message: 'The branch for errors was taken' } : {};
    const status = await postJson(address, { ...body, ...message }, { 'X-Report-Token': token });
    this.answered.push({ definition, outcome: body.outcome, status });
  }
}

const outcomes: Readonly<Partial<Record<RunStatus, string>>> = {
  [runStatus.running]: 'started',
  [runStatus.completed]: 'completed',
  [runStatus.failed]: 'failed',
};
