import type { TrueRun } from './portals.js';
import type { Walk } from './walk.js';

/** One physical request, by its row. */
export interface AttemptRow {
  readonly process_id: string;
  readonly kind: 'send' | 'resend' | 'probe';
  readonly number: number;
  readonly class: string | null;
  readonly sent_at: Date;
  readonly answered_at: Date | null;
  readonly native_id: string | null;
  readonly message: string | null;
}

/** A process by its row, with its open incidents and with what the callers of the gateway see of it. */
export interface ProcessRow {
  readonly id: string;
  readonly connection: string;
  readonly state: string;
  readonly native_id: string | null;
  readonly adoption: string;
  readonly next_look_at: Date | null;
  readonly unique: string | null;
  readonly key: string | null;
  readonly incidents: readonly string[];
  readonly claims: readonly string[];
  readonly last_sequence: number;
  readonly sequences: readonly number[];
  /** When it became unknown for the last time before it was directly known to run, in Unix milliseconds; `null`: never. */
  readonly unknown_before_started: number | null;
}

/** What there is to judge a walk by, when it has come to rest. */
export interface Evidence {
  readonly processes: readonly ProcessRow[];
  /** Attempts to start, by process, oldest first. */
  readonly attempts: ReadonlyMap<string, readonly AttemptRow[]>;
  /** Runs by the platforms' own logs, by the unique value of their start. */
  readonly runs: ReadonlyMap<string, readonly TrueRun[]>;
  /** Unique values of starts whose whole answer was given to a replica that went on living. */
  readonly given: ReadonlySet<string>;
  /** What replicas have warned of. */
  readonly lines: readonly string[];
}

const processesSql = `
  select p.id, p.connection, p.state, p.native_id, p.adoption, p.next_look_at, p.last_sequence,
    substring(p.variables::text from 'walk-\\d+x\\d+x') as unique,
    (select k.key from idempotency_keys k join operations o on o.id = k.operation_id
     where o.process_id = p.id and o.kind = 'start') as key,
    array(select i.kind from incidents i where i.process_id = p.id and i.state = 'open') as incidents,
    array(select n.native_id from native_ids n where n.process_id = p.id) as claims,
    array(select e.sequence from events e where e.process_id = p.id order by e.sequence) as sequences,
    (select extract(epoch from max(lost.time))::float8 * 1000
     from events lost
     join events started on started.process_id = lost.process_id and started.sequence > lost.sequence
     where lost.process_id = p.id and lost.type = 'process.indeterminate' and started.type = 'process.started'
    ) as unknown_before_started
  from processes p`;

const attemptsSql = `
  select a.* from attempts a join operations o on o.id = a.operation_id where o.kind = 'start' order by a.number`;

export async function evidenceOf(walk: Walk): Promise<Evidence> {
  const { sql, replicas, lines } = walk.world;
  // Of one moment: what is adopted between two reads would look half done.
  await sql.query('begin isolation level repeatable read');
  const { rows: processes } = await sql.query<ProcessRow>(processesSql);
  const { rows: attempts } = await sql.query<AttemptRow>(attemptsSql);
  await sql.query('commit');
  const runs = (await Promise.all(Object.values(walk.portals).map((portal) => portal.runs()))).flat();
  return {
    processes,
    attempts: grouped(attempts, (attempt) => attempt.process_id),
    runs: grouped(
      runs.filter(({ unique }) => unique !== null),
      ({ unique }) => unique ?? '',
    ),
    given: new Set(replicas.flatMap(({ portals }) => [...portals.given])),
    lines: [...lines],
  };
}

function grouped<T>(all: readonly T[], keyOf: (one: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const one of all) groups.set(keyOf(one), [...(groups.get(keyOf(one)) ?? []), one]);
  return groups;
}
