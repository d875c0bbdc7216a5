import type { Audit } from './audit.js';

/** A request that was turned away at the door. */
export interface RefusedCall {
  readonly address: string;
  /** The code of its problem, e.g. `unauthenticated`. */
  readonly code: string;
}

interface Count extends RefusedCall {
  readonly requests: number;
}

const everyMs = 60_000;
/** So that nobody can fill the database with lines by asking from many addresses. */
const mostLines = 50;

/**
 * Callers that were turned away, for the audit: one line a minute for each address and reason, and one for the rest. What
 * was counted since the last lines is lost where the process dies.
 */
export class RefusedCallers {
  readonly #counts = new Map<string, Count>();
  #others = 0;
  #timer: NodeJS.Timeout | null = null;

  /** @param failed  told of what could not be written; it is lost */
  constructor(
    private readonly audit: Audit,
    private readonly failed: (error: unknown) => void,
  ) {}

  /** Counts one; costs no query. */
  count(call: RefusedCall): void {
    const key = `${call.code} ${call.address}`;
    const counted = this.#counts.get(key);
    if (counted) this.#counts.set(key, { ...counted, requests: counted.requests + 1 });
    else if (this.#counts.size < mostLines) this.#counts.set(key, { ...call, requests: 1 });
    else this.#others += 1;
  }

  /** Writes what was counted, and forgets it. */
  async write(): Promise<void> {
    const counts: { address: string | null; code: string; requests: number }[] = [...this.#counts.values()];
    if (this.#others > 0) counts.push({ address: null, code: 'others', requests: this.#others });
    this.#counts.clear();
    this.#others = 0;
    try {
      for (const { address, code, requests } of counts) {
        const actor = { clientId: null, client: null, address, traceId: null };
        const deed = { action: 'caller.refused', target: `${requests} requests`, connection: null };
        await this.audit.note(actor, deed, { result: code, target: null });
      }
    } catch (error) {
      this.failed(error);
    }
  }

  begin(): void {
    this.#timer = setInterval(() => void this.write(), everyMs);
    this.#timer.unref();
  }

  async end(): Promise<void> {
    if (this.#timer) clearInterval(this.#timer);
    await this.write();
  }
}
