import type { EntityManager } from 'typeorm';
import type { Change } from '../processes/change.js';
import { NativeIdTaken } from '../processes/lost.store.js';
import type { Adoption } from '../processes/process.js';
import { isUniqueViolation } from './database-trouble.js';

type Executor = Pick<EntityManager, 'query'>;

/** @throws NativeIdTaken  where an id of this change belongs to another process */
export async function requireFreeIds(executor: Executor, { process, claims }: Change): Promise<void> {
  const [row] = await executor.query<{ native_id: string; process_id: string; claim: Adoption }[]>(
    `select native_id, process_id, claim
     from native_ids
     where portal = $1 and native_id = any ($2::text[]) and process_id <> $3::uuid
     limit 1`,
    [process.portal, claims.map(({ nativeId }) => nativeId), process.id],
  );
  if (!row) return;
  const { native_id: nativeId, process_id: processId, claim } = row;
  throw new NativeIdTaken({ portal: process.portal, nativeId, processId, claim });
}

/** @throws NativeIdTaken  where somebody else claimed an id of this change in the very moment in which `write` did */
export async function unlessTaken<T>(executor: Executor, change: Change, write: () => Promise<T>): Promise<T> {
  try {
    return await write();
  } catch (error) {
    // The other row can be read by now.
    if (isUniqueViolation(error)) await requireFreeIds(executor, change);
    throw error;
  }
}
