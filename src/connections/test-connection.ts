import type { Exchange } from '../lib/exchange.js';
import { ask } from '../platforms/ask.js';
import { Busy, PlatformError } from '../platforms/platform.errors.js';
import type { Call, ConnectionCheck } from '../platforms/platform.js';
import { ConnectionNotFound } from './connection.errors.js';
import type { Portal, Portals } from './portals.js';

/** One step of a test. */
export interface TestStep {
  readonly name: ConnectionCheck['name'];
  readonly ok: boolean;
  /** What was found. */
  readonly detail: string;
  /** What a person should do; `null` where nothing is to be done in this step. */
  readonly remedy: string | null;
}

export interface TestReport {
  readonly ok: boolean;
  readonly steps: readonly TestStep[];
}

/** How long one step may take. */
const stepLimitMs = 15_000;

const reachRemedy = 'Check the address of the connection, the name service, and whether a firewall stands in between.';

/**
 * Tries a connection step by step, each one request; what follows a step that failed is not tried.
 *
 * What a test shows about the connection is recorded: one that passes is active again, one whose credentials are refused
 * needs new ones.
 */
export async function testConnection(portals: Portals, portal: Portal, exchange: Exchange): Promise<TestReport> {
  const { checks } = portal.platform;
  const reach = reachCheck(portal.connection.baseUrl, exchange);
  const all = checks.some(({ name }) => name === 'reach') ? checks : [reach, ...checks];
  const steps: TestStep[] = [];
  let failure: { readonly of: ConnectionCheck; readonly error: PlatformError } | null = null;
  for (const check of all) {
    if (failure) {
      steps.push({
        name: check.name,
        ok: false,
        detail: `Not tried, because ${failure.of.name} failed.`,
        remedy: null,
      });
      continue;
    }
    try {
      steps.push({ name: check.name, ok: true, detail: await check.run(stepLimit()), remedy: null });
    } catch (error) {
      if (!(error instanceof PlatformError)) throw error;
      failure = { of: check, error };
      steps.push({ name: check.name, ok: false, detail: error.message, remedy: check.remedy });
    }
  }
  if (failure?.error instanceof Busy && failure.error.because === 'moved') {
    const current = await portals.of(portal.connection.key);
    // What was found out at the old address is of no use any more.
    if (current && current.connection.baseUrl !== portal.connection.baseUrl) {
      return testConnection(portals, current, exchange);
    }
  }
  await record(portals, portal, failure?.error ?? null);
  return { ok: failure === null, steps };
}

/** Any complete answer shows that the address is reached; what it says is for the later steps. */
function reachCheck(baseUrl: string, exchange: Exchange): ConnectionCheck {
  return {
    name: 'reach',
    remedy: reachRemedy,
    run: async (call) => {
      const answer = await ask(exchange, { method: 'GET', url: `${baseUrl}/`, headers: {}, body: null }, call);
      return `The address answers, with HTTP status ${answer.status}.`;
    },
  };
}

async function record(portals: Portals, { connection }: Portal, failed: PlatformError | null): Promise<void> {
  if (failed === null) await portals.mark(connection.key, 'active', null);
  if (!(failed instanceof Busy)) return;
  if (failed.because === 'credentials') {
    await portals.mark(connection.key, 'reauthorization_required', failed.message);
  } else if (failed.because === 'portal_closed') {
    await portals.mark(connection.key, 'degraded', failed.message);
  }
}

function stepLimit(): Call {
  return { signal: AbortSignal.timeout(stepLimitMs) };
}

/** The tests of connections, by their keys. */
export class ConnectionTests {
  constructor(
    private readonly portals: Portals,
    private readonly exchange: Exchange,
  ) {}

  /** @throws ConnectionNotFound */
  async test(connectionKey: string): Promise<TestReport> {
    const portal = await this.portals.of(connectionKey);
    if (!portal) throw new ConnectionNotFound(connectionKey);
    return testConnection(this.portals, portal, this.exchange);
  }
}
