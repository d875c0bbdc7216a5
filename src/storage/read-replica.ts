import { setTimeout as passed } from 'node:timers/promises';
import { DataSource } from 'typeorm';
import type { Following } from '../lib/aged-reads.js';
import type { Log } from '../lib/log.js';
import type { Verify } from './database-watch.js';
import { CopyAge } from './copy-age.js';
import { readersOptions } from './session-settings.js';

const unseen = 'it was not looked at yet';
const lookEveryMs = 500;
/** A copy that does not answer must not keep callers waiting: they get the same from the source. */
const limits = { connectionTimeoutMillis: 2000, query_timeout: 5000 };

/** Whether a server is a copy of that very database, and where its log is. */
const whereItIs = `
  select pg_is_in_recovery() as recovers,
    (case when pg_is_in_recovery() then pg_last_wal_replay_lsn() else pg_current_wal_lsn() end - '0/0')::text as position,
    concat_ws(' ', i.id, 'database_marks'::regclass::oid,
      (select d.oid from pg_database d where d.datname = current_database())) as identity
  from installation i`;

interface Where {
  readonly recovers: boolean;
  readonly position: string;
  readonly identity: string;
}

export interface ReadReplicaOptions {
  readonly url: string;
  readonly poolSize: number;
  /** The database that it copies. */
  readonly source: DataSource;
  readonly log: Log;
  /** What is read from the copy is never older. */
  readonly mostAgeSeconds: number;
  /** `url` may lead to a transaction pooler, which takes no settings. */
  readonly pooled: boolean;
}

/**
 * A streaming replica of the database, for what nothing is decided by. It is looked at twice a second; while it does not
 * answer, is another database, is none that follows, or is too old, it is not read from.
 */
export class ReadReplica implements Following {
  /** Open once it has answered. */
  readonly database: DataSource;
  readonly #age = new CopyAge();
  readonly #stop = new AbortController();
  #looking: Promise<void> | null = null;
  /** Why it is not read from; `null`: it is. */
  #because: string | null = unseen;
  #failures = 0;

  constructor(private readonly options: ReadReplicaOptions) {
    const { url, poolSize, pooled } = options;
    this.database = new DataSource({
      type: 'postgres',
      url,
      poolSize,
      applicationName: 'bpm-gateway reads',
      installExtensions: false,
      extra: { ...limits, keepAlive: true, verify: settled, ...(pooled ? {} : { options: readersOptions }) },
      poolErrorHandler: () => {},
    });
  }

  /** Looks at once, so that it can be read from when this resolves, and again and again until `end`. Never throws. */
  async begin(): Promise<void> {
    await this.#look();
    this.#looking = this.#goOn();
  }

  async end(): Promise<void> {
    this.#stop.abort();
    await this.#looking;
    if (this.database.isInitialized) await this.database.destroy();
  }

  ageSeconds(): number | null {
    if (this.#because !== null) return null;
    const ageMs = this.#age.at(performance.now());
    return ageMs === null || ageMs > this.options.mostAgeSeconds * 1000 ? null : Math.ceil(ageMs / 1000);
  }

  failed(error: unknown): void {
    this.#failures += 1;
    this.#tell(wordsOf(error));
  }

  /** Reads that failed here and were made from the source. */
  get failures(): number {
    return this.#failures;
  }

  async #goOn(): Promise<void> {
    const { signal } = this.#stop;
    while (!signal.aborted) {
      await passed(lookEveryMs, undefined, { signal }).catch(() => {});
      if (!signal.aborted) await this.#look();
    }
  }

  async #look(): Promise<void> {
    try {
      this.#tell(await this.#fault());
    } catch (error) {
      this.#tell(wordsOf(error));
    }
  }

  /** Why it is not to be read from. */
  async #fault(): Promise<string | null> {
    if (!this.database.isInitialized) await this.database.initialize();
    const atMs = performance.now();
    const source = await whereIs(this.options.source).catch(() => null);
    // While the source does not answer its copy grows old, and that is told of.
    if (source === null) return this.#because;
    this.#age.wrote({ atMs, position: BigInt(source.position) });
    const copy = await whereIs(this.database);
    if (copy.identity !== source.identity) return 'it is another database';
    if (!copy.recovers) return 'it follows nobody';
    this.#age.replayed(BigInt(copy.position));
    const ageMs = this.#age.at(performance.now());
    if (ageMs === null) return 'how old it is cannot be known yet';
    return ageMs > this.options.mostAgeSeconds * 1000 ? `it is ${Math.ceil(ageMs / 1000)} seconds old` : null;
  }

  #tell(because: string | null): void {
    const before = this.#because;
    this.#because = because;
    if (because !== null && (before === null || before === unseen))
      this.options.log.warn('replica.unread', { because });
    if (because === null && before !== null) this.options.log.info('replica.read', { ageSeconds: this.ageSeconds() });
  }
}

/**
 * Hands a new connection over a moment later: whoever waits for it begins to hear its errors only then, and a server that dies
 * at that moment says so together with its welcome. An error that nobody hears ends the process.
 */
const settled: Verify = (client, done) => {
  client.on('error', ignore);
  setImmediate(() => {
    client.off('error', ignore);
    done();
  });
};

function ignore(): void {}

async function whereIs(database: DataSource): Promise<Where> {
  const [row] = await database.query<Where[]>(whereItIs);
  if (!row) throw new Error('the table installation is empty');
  return row;
}

function wordsOf(error: unknown): string {
  return error instanceof Error ? error.message : 'nobody knows why';
}
