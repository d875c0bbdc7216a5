import { v7 as uuidv7 } from 'uuid';
import { PostgresHolds } from '../../src/storage/database-hold.store.js';
import { DatabaseWatch } from '../../src/storage/database-watch.js';
import { openDatabase, type Database } from '../../src/storage/database.js';
import { KeptLog } from '../dispatch/engine.js';

/** What one replica has of the database. */
export interface WatchedDatabase {
  readonly database: Database;
  readonly holds: PostgresHolds;
  readonly log: KeptLog;
  /** The hold as it is now, not as it was a moment ago. */
  holdNow(): ReturnType<PostgresHolds['current']>;
  close(): Promise<void>;
}

/** Opens a pool as a replica would. Its connections are new ones after each `dropIdle`. */
export async function watchedDatabase(url: string, failover: 'hold' | 'trust' = 'hold'): Promise<WatchedDatabase> {
  const log = new KeptLog();
  const watch = new DatabaseWatch(failover, log);
  const database = await openDatabase({ url, poolSize: 4, watch });
  return {
    database,
    holds: new PostgresHolds(database, watch),
    log,
    holdNow: () => new PostgresHolds(database, watch).current(),
    close: () => database.destroy(),
  };
}

/** What tests read of the tables, on a pool that watches nothing. */
export class Witness {
  private constructor(
    readonly query: Database['query'],
    readonly close: () => Promise<void>,
  ) {}

  static async on(url: string): Promise<Witness> {
    const database = await openDatabase({ url, poolSize: 2 });
    return new Witness(database.query.bind(database), () => database.destroy());
  }

  async count(from: string): Promise<number> {
    const [row] = await this.query<{ count: number }[]>(`select count(*)::int as count from ${from}`);
    return row?.count ?? -1;
  }

  /** Makes the table of the mark anew with what is in it, as a dump that is restored does. */
  async replaceMark(): Promise<void> {
    await this.query('create table made_anew (like database_marks including all)');
    await this.query('insert into made_anew select * from database_marks');
    await this.query('drop table database_marks');
    await this.query('alter table made_anew rename to database_marks');
  }

  /** @param query  of the session that adds it; one of its own by default */
  async addOperation(state: string, token: number, isLeased: boolean, query = this.query): Promise<string> {
    const id = uuidv7();
    await query(
      `insert into operations
         (id, process_id, connection, kind, state, client_id, key, trace_id, input, due_at, lease_until, fencing_token,
          created_at)
       values ($1, $1, 'sales', 'start', $2, $1, 'key', 'trace', '{}', now(),
         case when $4 then now() + interval '1 hour' end, $3, now())`,
      [id, state, token, isLeased],
    );
    return id;
  }

  async operation(id: string): Promise<{ token: number; leased: boolean | null }> {
    const [row] = await this.query<{ token: number; leased: boolean | null }[]>(
      `select fencing_token::float8 as token, lease_until > clock_timestamp() as leased from operations where id = $1`,
      [id],
    );
    if (!row) throw new Error(`There is no operation ${id}`);
    return row;
  }
}
