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

/** Why somebody who waits is woken: look again, or there may be one session more, to be signed in for. */
type Wake = 'look' | 'grow';

interface Waiting {
  readonly isCommand: boolean;
  readonly wake: (wake: Wake) => void;
}

/** What the rules of a pool depend on. */
export interface PoolRules {
  /** How many sessions there may be. */
  readonly size: () => number;
  /** How many requests one of them takes at the same time. */
  readonly each: () => number;
  /** After how many milliseconds each there may be one more again, where the instance has ended them. */
  readonly growAgainMs: number;
}

/**
 * The sessions that stand, those in doubt, and who waits for one.
 *
 * Where a session was ended and no other was seen to stand, one new one has to do at first, and another may follow each few
 * seconds as load needs it: an instance that has just restarted is met by one sign-in, not by as many as there were sessions.
 */
export class SessionPool {
  #open: Session[] = [];
  #doubted: Session[] = [];
  #waiting: Waiting[] = [];
  #newest = 0;
  /** How many there may be while they grow again. */
  #allowed = Number.POSITIVE_INFINITY;
  #growing: NodeJS.Timeout | null = null;

  constructor(private readonly rules: PoolRules) {}

  get all(): readonly Session[] {
    return [...this.#open, ...this.#doubted];
  }

  /** How many sessions there may be now. */
  get mostNow(): number {
    return Math.min(this.rules.size(), this.#allowed);
  }

  /** False: a request would find no session, or only busy ones although there may be more. */
  get isReady(): boolean {
    return this.#open.length >= this.mostNow || this.#free() !== undefined;
  }

  /** The newest number so far. */
  get newest(): number {
    return this.#newest;
  }

  add(cookies: Cookies): void {
    this.#open.push({ cookies, number: ++this.#newest, inFlight: 0 });
    if (this.#allowed < this.rules.size()) this.#growLater();
    this.#wakeAll();
  }

  /**
   * A session for one request, to be given back; waits while all are busy, commands before reads.
   *
   * @returns `null`: there is none, or there may be one more by now
   * @throws Unreached  none became free in time
   */
  async take(call: Call): Promise<Session | null> {
    while (this.#open.length > 0) {
      const session = this.#free();
      if (session) {
        session.inFlight += 1;
        return session;
      }
      const wake = await this.#oneFree(call);
      if (wake === 'grow' && !this.isReady) return null;
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
    if (this.#open.includes(session)) this.#allowed = 1;
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
    this.#allowed = Number.POSITIVE_INFINITY;
    this.add(session.cookies);
  }

  /** It was in doubt and does not work. */
  drop({ number }: Session): void {
    this.#doubted = this.#doubted.filter((one) => one.number !== number);
  }

  clear(): void {
    this.#open = [];
    this.#doubted = [];
    if (this.#growing) clearTimeout(this.#growing);
    this.#growing = null;
    this.#wakeAll();
  }

  #growLater(): void {
    this.#growing ??= setTimeout(() => {
      this.#growing = null;
      this.#allowed += 1;
      if (this.#allowed < this.rules.size()) this.#growLater();
      this.#wakeNext('grow');
    }, this.rules.growAgainMs).unref();
  }

  #free(): Session | undefined {
    const [least] = this.#open.toSorted((one, other) => one.inFlight - other.inFlight);
    return least && least.inFlight < this.rules.each() ? least : undefined;
  }

  #oneFree({ signal, mayWrite }: Call): Promise<Wake> {
    return new Promise((resolve, reject) => {
      const tooLate = (): void => {
        this.#waiting = this.#waiting.filter((one) => one !== waiting);
        const cause = new NotSent('unpaid', 'No session became free in time');
        reject(new Unreached(cause.message, null, { cause }));
      };
      const wake = (why: Wake): void => {
        signal.removeEventListener('abort', tooLate);
        resolve(why);
      };
      const waiting: Waiting = { isCommand: mayWrite !== undefined, wake };
      if (signal.aborted) return tooLate();
      signal.addEventListener('abort', tooLate, { once: true });
      this.#waiting.push(waiting);
    });
  }

  #wakeNext(why: Wake = 'look'): void {
    const next = this.#waiting.find(({ isCommand }) => isCommand) ?? this.#waiting[0];
    this.#waiting = this.#waiting.filter((one) => one !== next);
    next?.wake(why);
  }

  #wakeAll(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const { wake } of waiting) wake('look');
  }
}
