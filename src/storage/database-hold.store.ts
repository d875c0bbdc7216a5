import type { DataSource } from 'typeorm';
import { HoldTooYoung } from '../processes/hold.errors.js';
import type { Hold, Holds } from '../processes/hold.js';
import { NotFound } from '../processes/process.errors.js';
import type { Session } from './database-look.js';
import type { DatabaseWatch } from './database-watch.js';

/** How old what is said of the hold may be, and how often the database is looked at. */
const freshMs = 1_000;

/** Holds in Postgres, as every replica sees them within a second. */
export class PostgresHolds implements Holds {
  #known: { readonly hold: Hold | null; readonly atMs: number } | null = null;
  #looking: Promise<Hold | null> | null = null;
  #timer: NodeJS.Timeout | null = null;

  /** @param watch  the one that checks the connections of this very pool */
  constructor(
    private readonly database: DataSource,
    private readonly watch: DatabaseWatch,
  ) {}

  /** Looks every second from now on, also where nobody asks: connections live on when tables are replaced under them. */
  begin(): void {
    // A database that does not answer is noticed by whoever needs it.
    this.#timer = setInterval(() => void this.current().catch(() => {}), freshMs);
    this.#timer.unref();
  }

  end(): void {
    if (this.#timer) clearInterval(this.#timer);
    this.#timer = null;
  }

  async current(): Promise<Hold | null> {
    if (this.#known && performance.now() - this.#known.atMs < freshMs) return this.#known.hold;
    this.#looking ??= this.#look().finally(() => (this.#looking = null));
    return this.#looking;
  }

  async open(because: string): Promise<Hold> {
    const hold = await this.#inSession((session) => this.watch.open(session, because));
    this.#known = null;
    return hold;
  }

  async release(holdId: string, by: string, longestLifeSeconds: number): Promise<void> {
    const [released] = await this.database.query<{ id: string }[]>(
      `with released as (
         update database_holds
         set released_at = clock_timestamp(), released_by = $2
         where id = $1::uuid
           and released_at is null
           and noticed_at + make_interval(secs => $3::float8) <= clock_timestamp()
         returning id
       )
       select id from released`,
      [holdId, by, longestLifeSeconds],
    );
    this.#known = null;
    if (!released) await this.#explainHeld(holdId, longestLifeSeconds);
  }

  /** A statement of its own: it has to see what another replica has released meanwhile. */
  async #explainHeld(holdId: string, longestLifeSeconds: number): Promise<void> {
    const [row] = await this.database.query<{ until: Date; released_at: Date | null }[]>(
      `select released_at, noticed_at + make_interval(secs => $2::float8) as until
       from database_holds
       where id = $1::uuid`,
      [holdId, longestLifeSeconds],
    );
    if (!row) throw new NotFound(`hold ${holdId}`);
    if (!row.released_at) throw new HoldTooYoung(row.until);
  }

  async #look(): Promise<Hold | null> {
    const atMs = performance.now();
    const hold = await this.#inSession((session) => this.watch.look(session));
    this.#known = { hold, atMs };
    return hold;
  }

  async #inSession<T>(work: (session: Session) => Promise<T>): Promise<T> {
    const runner = this.database.createQueryRunner();
    try {
      return await work((statement, values = []) => runner.query(statement, [...values]));
    } finally {
      await runner.release();
    }
  }
}
