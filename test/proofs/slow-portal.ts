import type { JsonObject } from '../../src/lib/json.js';
import type { Sandbox } from '../../src/platforms/sandbox.js';
import { requestsTo } from '../limited-portal.js';
import { until } from '../until.js';
import { order, register, send } from './connections.js';
import { each } from './figures.js';
import { uniqueValue, workflow } from './starts.js';

/** What a stop found between itself and its portal. */
export interface Overtaken {
  readonly status: number;
  /** Starts that the portal received after the stop was ordered and before it came. */
  readonly startsBefore: number;
  readonly tookMs: number;
}

const connection = 'slow';

/** A portal whose every start takes long, and more of them wait than it will ever take. */
export class SlowPortal {
  readonly #running: string[] = [];

  constructor(
    private readonly gateway: { readonly url: string },
    private readonly portal: Sandbox,
  ) {}

  /** Registers it, has some runs there to stop, and queues what is to wait; it is paused then. */
  async fill(
    sizes: { readonly queued: number; readonly slowMs: number; readonly rounds: number },
    limits: JsonObject,
  ): Promise<void> {
    const { gateway, portal } = this;
    await register(gateway, connection, { start: workflow, sandbox: portal, baseUrl: portal.url, limits });
    for (let run = 0; run < sizes.rounds; run += 1) {
      const { status, body } = await this.#start('wait=20');
      if (status !== 201 || body.id === undefined) throw new Error(`No run at the slow portal: ${status}`);
      this.#running.push(body.id);
    }
    await order(gateway, `connections/${connection}/pause`);
    await each(Array.from({ length: sizes.queued }), 50, async () => {
      const { status } = await this.#start('respond-async');
      if (status !== 202) throw new Error(`A start was not queued: ${status}`);
    });
    const delay = JSON.stringify({ operation: 'start', ms: sizes.slowMs });
    await fetch(`${portal.url}/_sandbox/delay`, { method: 'POST', body: delay });
  }

  /** Resolves when starts are out there. */
  async resume(): Promise<void> {
    await order(this.gateway, `connections/${connection}/resume`);
    await until(async () => (await this.#out()) >= 9, 'starts to be out at the slow portal');
  }

  /** Resolves when nothing is out there any more. */
  async pause(): Promise<void> {
    await order(this.gateway, `connections/${connection}/pause`);
    await until(async () => (await this.#out()) === 0, 'the slow portal to answer', 60_000);
  }

  /** Stops one of the runs there, and looks in the portal's own log for what it got first. */
  async terminateOne(): Promise<Overtaken> {
    const id = this.#running.pop() ?? '';
    const before = (await requestsTo(this.portal)).length;
    const begun = performance.now();
    const { status } = await fetch(`${this.gateway.url}/v1/processes/${id}/terminate`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', prefer: 'wait=30' },
      body: '{}',
    });
    const tookMs = performance.now() - begun;
    const since = (await requestsTo(this.portal)).slice(before);
    const at = since.findIndex(({ operation }) => operation === 'terminate');
    if (at === -1) throw new Error(`The slow portal got no terminate; it was answered ${status}`);
    return { status, tookMs, startsBefore: since.slice(0, at).filter(({ operation }) => operation === 'start').length };
  }

  /** How many starts wait there, as the gateway counts. */
  async waiting(): Promise<number> {
    const answer = await fetch(`${this.gateway.url}/v1/connections/${connection}/health`);
    const { queueDepth } = (await answer.json()) as { readonly queueDepth: number };
    return queueDepth;
  }

  async #out(): Promise<number> {
    const requests = await requestsTo(this.portal);
    return requests.filter(({ operation, status }) => operation === 'start' && status === null).length;
  }

  async #start(prefer: string): ReturnType<typeof send> {
    const unique = uniqueValue();
    return send(this.gateway, unique, { connection, ...workflow.fields(unique) }, prefer);
  }
}
