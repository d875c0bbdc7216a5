import { AppModule } from '../../src/app.module.js';
import { AnswerLost, Exchange, NotSent, type ExchangeLimits, type HttpAnswer } from '../../src/lib/exchange.js';
import { walkUniqueIn } from './unique.js';

/** The way of one replica to its portals: it can be held, or ended for good. */
export class PortalGate {
  readonly #dead = new AbortController();
  #open: Promise<void> = Promise.resolve();
  #letGo: (() => void) | null = null;
  /** Unique values of starts whose whole answer this replica was given. */
  readonly given = new Set<string>();

  hold(): void {
    if (this.#letGo) return;
    this.#open = new Promise((resolve) => (this.#letGo = resolve));
  }

  letGo(): void {
    this.#letGo?.();
    this.#letGo = null;
  }

  cutOff(): void {
    this.#dead.abort();
    this.letGo();
  }

  around(exchange: Exchange): Exchange {
    return async (request, limits) => {
      await this.#open;
      if (this.#dead.signal.aborted) throw new NotSent('unreachable', 'This replica is gone');
      const unique = limits.mayWrite ? walkUniqueIn(`${request.url} ${request.body ?? ''}`) : null;
      const answer = await this.#answer(exchange, request, limits);
      if (unique !== null && answer.status === 200 && isWhole(answer.body)) this.given.add(unique);
      return answer;
    };
  }

  async #answer(exchange: Exchange, request: Parameters<Exchange>[0], limits: ExchangeLimits): Promise<HttpAnswer> {
    const signal = AbortSignal.any([limits.signal, this.#dead.signal]);
    const answered = exchange(request, { ...limits, signal });
    // Held bytes hold errors too.
    await answered.catch(() => {});
    await this.#open;
    if (this.#dead.signal.aborted) throw new AnswerLost('This replica is gone');
    return answered;
  }
}

/** Whether it is the JSON or the XML that platforms answer, from its beginning to its end. */
function isWhole(body: string): boolean {
  if (/^<string[^]*<\/string>$|^<\?xml[^]*<\/string>$/.test(body.trim())) return true;
  try {
    JSON.parse(body);
    return true;
  } catch {
    return false;
  }
}

const gates = new Map<string, PortalGate>();
let isWatching = false;

/** From now on the replica that is started on this database goes to its portals through the gate. */
export function gatePortals(databaseUrl: string, gate: PortalGate): void {
  gates.set(databaseUrl, gate);
  if (isWatching) return;
  isWatching = true;
  const on = AppModule.on.bind(AppModule);
  AppModule.on = (ground) => {
    const module = on(ground);
    const own = gates.get(ground.config.databaseUrl ?? '');
    gates.delete(ground.config.databaseUrl ?? '');
    if (!own) return module;
    return { ...module, providers: (module.providers ?? []).map((provider) => gated(provider, own)) };
  };
}

type Provider = NonNullable<ReturnType<typeof AppModule.on>['providers']>[number];

function gated(provider: Provider, gate: PortalGate): Provider {
  if (typeof provider === 'function' || provider.provide !== Exchange || !('useFactory' in provider)) return provider;
  const make: (...given: unknown[]) => Exchange = provider.useFactory;
  return { ...provider, useFactory: (...given: unknown[]) => gate.around(make(...given)) };
}
