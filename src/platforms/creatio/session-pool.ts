import { NotSent } from '../../lib/exchange.js';
import { Unreached } from '../platform.errors.js';
import type { Call } from '../platform.js';
import type { Cookies } from './cookies.js';

export interface Session {
  readonly cookies: Cookies;
  /** Sessions are numbered in the order in which they were seen to work. */
  readonly number: number;
  inFlight: number;
}

interface Waiting {
  readonly isCommand: boolean;
  readonly wake: () => void;
}

/** What the rules of a pool depend on. */
export interface PoolRules {
  /** How many sessions there may be. */
  readonly size: () => number;
  /** How many requests one of them takes at the same time. */
  readonly each: () => number;
}

/** The sessions that stand, those in doubt, and who waits for one. */
export class SessionPool {
  #open: Session[] = [];
  #doubted: Session[] = [];
  #waiting: Waiting[] = [];
  #newest = 0;

  constructor(private readonly rules: PoolRules) {}

  get all(): readonly Session[] {
    return [...this.#open, ...this.#doubted];
  }

  /** False: a request would find no session, or only busy ones although there may be more. */
  get isReady(): boolean {
    return this.#open.length >= this.rules.size() || this.#free() !== undefined;
  }

  /** The newest number so far. */
  get newest(): number {
    return this.#newest;
  }

  add(cookies: Cookies): void {
    this.#open.push({ cookies, number: ++this.#newest, inFlight: 0 });
    this.#wakeAll();
  }

  /**
   * A session for one request, to be given back; waits while all are busy, commands before reads.
   *
   * @returns `null`: there is none
   * @throws Unreached  none became free in time
   */
  async take(call: Call): Promise<Session | null> {
    while (this.#open.length > 0) {
      const session = this.#free();
      if (session) {
        session.inFlight += 1;
        return session;
      }
      await this.#oneFree(call);
    }
    return null;
  }

  giveBack(session: Session): void {
    session.inFlight -= 1;
    this.#wakeNext();
  }

  /**
   * Takes out a session that was refused. A restart of the instance ends every session at once, so that all others are in
   * doubt too; one that was seen to work after the refused request had left is not meant.
   *
   * @param newest  as it was when the refused request left
   */
  refused(session: Session, because: 'void' | 'forbidden', newest: number): void {
    const others = this.#open.filter((one) => one.number <= newest && one !== session);
    // The one that was refused is the least likely to work.
    const itself = because === 'forbidden' && this.#open.includes(session) ? [session] : [];
    this.#doubted = [...this.#doubted.filter((one) => one !== session), ...others, ...itself];
    this.#open = this.#open.filter((one) => one.number > newest && one !== session);
    this.#wakeAll();
  }

  /** One of those in doubt that nobody uses, to be tried. */
  get doubted(): Session | null {
    return this.#doubted.find(({ inFlight }) => inFlight === 0) ?? null;
  }

  /** It was in doubt and has been seen to work. */
  trust(session: Session): void {
    this.drop(session);
    this.add(session.cookies);
  }

  /** It was in doubt and does not work. */
  drop({ number }: Session): void {
    this.#doubted = this.#doubted.filter((one) => one.number !== number);
  }

  clear(): void {
    this.#open = [];
    this.#doubted = [];
    this.#wakeAll();
  }

  #free(): Session | undefined {
    const [least] = this.#open.toSorted((one, other) => one.inFlight - other.inFlight);
    return least && least.inFlight < this.rules.each() ? least : undefined;
  }

  #oneFree({ signal, mayWrite }: Call): Promise<void> {
    return new Promise((resolve, reject) => {
      const tooLate = (): void => {
        this.#waiting = this.#waiting.filter((one) => one !== waiting);
        const cause = new NotSent('unpaid', 'No session became free in time');
        reject(new Unreached(cause.message, null, { cause }));
      };
      const wake = (): void => {
        signal.removeEventListener('abort', tooLate);
        resolve();
      };
      const waiting: Waiting = { isCommand: mayWrite !== undefined, wake };
      if (signal.aborted) return tooLate();
      signal.addEventListener('abort', tooLate, { once: true });
      this.#waiting.push(waiting);
    });
  }

  #wakeNext(): void {
    const next = this.#waiting.find(({ isCommand }) => isCommand) ?? this.#waiting[0];
    this.#waiting = this.#waiting.filter((one) => one !== next);
    next?.wake();
  }

  #wakeAll(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const { wake } of waiting) wake();
  }
}
