import { Client } from 'pg';
import { freshDatabase, type FreshDatabase } from '../database.js';
import { again } from './again.js';
import { startReplica, type WalkReplica } from './replica.js';

/** One database and two replicas on it; replicas come and go. One walk at a time goes through it. */
export class World {
  readonly #leftovers: Promise<void>[] = [];

  private constructor(
    private readonly fresh: FreshDatabase,
    /** Straight to the database, past every gate. */
    readonly sql: Client,
    readonly replicas: [WalkReplica, WalkReplica],
    /** What replicas have warned of since the walk began. */
    readonly lines: string[],
  ) {}

  static async open(): Promise<World> {
    const fresh = await freshDatabase();
    const sql = new Client({ connectionString: fresh.url });
    sql.on('error', () => {});
    await sql.connect();
    // Time is turned back and worlds are cleared here, which a history refuses.
    await sql.query('set session_replication_role = replica');
    const lines: string[] = [];
    const write = (line: string): void => void lines.push(line);
    // The first one writes what both need.
    const first = await startReplica(fresh.url, write);
    return new World(fresh, sql, [first, await startReplica(fresh.url, write)], lines);
  }

  /** Kills a replica and puts another one in its place. */
  async crash(at: 0 | 1): Promise<void> {
    this.#leftovers.push(this.replicas[at].crash());
    this.replicas[at] = await startReplica(this.fresh.url, (line) => void this.lines.push(line));
  }

  /** Forgets everything of the walk before, so that the next begins as if in a world of its own. */
  async clear(): Promise<void> {
    for (const replica of this.replicas) {
      replica.thaw();
      replica.database.forget();
      replica.portals.given.clear();
    }
    this.lines.splice(0);
    // A replica may be in the middle of a statement of its own.
    await again(() =>
      this.sql.query(`
      truncate processes, operations, attempts, events, idempotency_keys, native_ids, incidents, elements, connections,
        sensitive_variables, definitions, run_ids, portal_budgets, method_uses, queue_depths`),
    );
  }

  async close(): Promise<void> {
    await this.sql.end();
    for (const replica of this.replicas) replica.thaw();
    await Promise.all([...this.#leftovers, ...this.replicas.map((replica) => replica.close())]);
    await this.fresh.drop();
  }
}
