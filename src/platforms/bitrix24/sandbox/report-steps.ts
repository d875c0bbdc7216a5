import { setTimeout as passed } from 'node:timers/promises';
import { z } from 'zod';
import { isLoopbackHost } from '../../../lib/loopback.js';
import { postForm } from '../../../lib/simulator.js';
import { fieldOf, textOf } from './php-params.js';

const Order = z.strictObject({
  definition: z.string().min(1),
  /** The addresses of the steps that stand first, last in the good branch, and last in the bad one. */
  started: z.string().optional(),
  completed: z.string().optional(),
  failed: z.string().optional(),
});

/** What a step sees of its run. */
interface StepRun {
  readonly nativeId: string;
  readonly templateId: string;
  readonly document: readonly [string, string, string];
  readonly parameters: unknown;
}

/** One post of a step; `status` is `null` where nobody answered. */
interface Posted {
  readonly at: string;
  readonly address: string;
  readonly status: number | null;
}

/**
 * The "Outgoing webhook" steps that an operator has put into templates. Each posts once and forgets: the portal drops what
 * fails (fact sheet §4.9).
 */
export class ReportSteps {
  readonly #orders = new Map<string, z.infer<typeof Order>>();
  readonly posted: Posted[] = [];

  /** `{definition, started?, completed?, failed?}`. @throws ZodError  it is no such order */
  order(body: unknown): object {
    const order = Order.parse(body);
    this.#orders.set(order.definition, order);
    return order;
  }

  /** A run has come to one of its steps. */
  reached(run: StepRun, step: string): void {
    const order = this.#orders.get(run.templateId);
    const address = step === 'started' || step === 'completed' || step === 'failed' ? order?.[step] : undefined;
    if (address !== undefined) void this.#post(filledIn(address, run), run);
  }

  async #post(address: string, { document }: StepRun): Promise<void> {
    // The engine posts after its step, from another machine.
    await passed(5, undefined, { ref: false });
    const at = new Date().toISOString();
    const isOurs = URL.canParse(address) && isLoopbackHost(new URL(address).hostname);
    const status = isOurs ? await postForm(address, formFor(document), 'Bitrix24 Webhook Engine') : null;
    this.posted.push({ at, address, status });
  }
}

/** Placeholders as the engine fills them in; a parameter that the template lacks becomes an empty text. */
function filledIn(address: string, { nativeId, parameters }: StepRun): string {
  return address
    .replaceAll('{=Workflow:ID}', encodeURIComponent(nativeId))
    .replaceAll(/\{=Template:(\w+)\}/g, (_, name: string) => encodeURIComponent(textOf(fieldOf(parameters, name))));
}

/** What the portal adds by itself, in the place of a token. */
function formFor(document: StepRun['document']): string {
  const form = new URLSearchParams();
  for (const [at, part] of document.entries()) form.append(`document_id[${at}]`, part);
  form.append('auth[domain]', 'portal.example');
  form.append('auth[client_endpoint]', 'https://portal.example/rest/');
  form.append('auth[server_endpoint]', 'https://oauth.bitrix.info/rest/');
  form.append('auth[member_id]', 'a223c6b3710f85df22e9377d6c4f7553');
  return form.toString();
}
