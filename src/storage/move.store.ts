import type { DataSource, EntityManager } from 'typeorm';
import { uuidv7 } from '../lib/uuid.js';
import type { Move, MoveAnswer, MoveStore } from '../connections/move.store.js';
import { originOf } from '../lib/origin.js';
import { PostgresAudit } from './audit.store.js';
import { move } from './move.sql.js';

/** How often a portal may move within a day before a person has to look. */
const mostMoves = 3;

/** Moves of portals in Postgres. */
export class PostgresMoveStore implements MoveStore {
  constructor(private readonly database: DataSource) {}

  async move(asked: Move): Promise<MoveAnswer> {
    const [there] = await this.database.query<object[]>('select from connections where key = $1 and base_url = $2', [
      asked.connectionKey,
      asked.from,
    ]);
    if (!there) return 'known';
    return this.database.transaction(async (transaction) => moved(transaction, asked));
  }
}

async function moved(transaction: EntityManager, { connectionKey, from, to }: Move): Promise<MoveAnswer> {
  // Nobody registers at the new address, or moves there too, while its connections are given a name.
  await transaction.query('lock table connections in share row exclusive mode');
  const all = await transaction.query<{ key: string; base_url: string }[]>('select key, base_url from connections');
  const neighbours = all.filter(({ key, base_url: url }) => key !== connectionKey && originOf(url) === originOf(to));
  const [row] = await transaction.query<{ answer: MoveAnswer }[]>(move, [
    connectionKey,
    from,
    to,
    uuidv7(),
    originOf(from),
    originOf(to),
    mostMoves,
    neighbours.map(({ key }) => key),
  ]);
  const answer = row?.answer ?? 'known';
  if (answer === 'moved') await note(new PostgresAudit(transaction), connectionKey);
  return answer;
}

function note(audit: PostgresAudit, connection: string): Promise<void> {
  return audit.note(
    { clientId: null, client: 'gateway', address: null, traceId: null },
    { action: 'connection.move', target: `connections/${connection}`, connection },
    { result: 'done', target: null },
  );
}
