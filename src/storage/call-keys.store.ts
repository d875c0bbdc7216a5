import type { DataSource } from 'typeorm';
import type { CallKeys, RememberedCall } from '../processes/call-keys.store.js';
import type { IdempotencyKey } from '../processes/idempotency.js';
import type { Process } from '../processes/process.js';
import { photograph } from './process-rows.js';
import { rememberedKey } from './process.reader.js';

/** Keys of calls that are never sent again, in the table of all idempotency keys. */
export class PostgresCallKeys implements CallKeys {
  constructor(private readonly database: DataSource) {}

  async bind({ clientId, key, fingerprint }: IdempotencyKey, process: Process): Promise<RememberedCall | null> {
    const bound = await this.database.query<unknown[]>(
      `insert into idempotency_keys (client_id, key, fingerprint, process_id, created_at)
       values ($1, $2, $3, $4, clock_timestamp())
       on conflict do nothing
       returning key`,
      [clientId, key, fingerprint, process.id],
    );
    if (bound.length > 0) return null;
    const remembered = await rememberedKey(this.database, clientId, key);
    // Freed in this very moment: whoever asks again binds it.
    if (!remembered) return this.bind({ clientId, key, fingerprint }, process);
    const [row] = await this.database.query<{ seconds: number }[]>(
      'select extract(epoch from clock_timestamp() - $1::timestamptz)::float8 as seconds',
      [remembered.createdAt],
    );
    return { ...remembered, ageSeconds: row?.seconds ?? 0 };
  }

  async answered(
    { clientId, key }: IdempotencyKey,
    process: Process,
    extra: { readonly executed: true },
  ): Promise<void> {
    await this.database.query('update idempotency_keys set answer = $3::jsonb where client_id = $1 and key = $2', [
      clientId,
      key,
      photograph(process, { word: 'confirmed', extra }),
    ]);
  }

  async free({ clientId, key }: IdempotencyKey): Promise<void> {
    await this.database.query(
      `delete from idempotency_keys
       where client_id = $1 and key = $2 and operation_id is null and answer is null`,
      [clientId, key],
    );
  }
}
