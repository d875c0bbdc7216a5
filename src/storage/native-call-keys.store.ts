import type { DataSource } from 'typeorm';
import { z } from 'zod';
import type { CallOutcome, KeptCall, NativeCallKeys } from '../processes/native-call-keys.store.js';
import type { JsonObject } from '../lib/json.js';
import type { SealedPlace, SecretBox } from '../lib/secret-box.js';
import { uuidv7 } from '../lib/uuid.js';
import type { IdempotencyKey, Remembered } from '../processes/idempotency.js';
import { photograph } from './process-rows.js';
import { rememberedKey } from './process.reader.js';

const Fault = z.object({
  code: z.string().nullable(),
  message: z.string().nullable(),
  httpStatus: z.number().nullable(),
});
const Kept = z.object({
  call: z.union([
    z.object({ is: z.literal('answered'), sealedIn: z.uuid() }),
    // As it was kept before answers were sealed.
    z.object({ is: z.literal('answered'), body: z.string() }),
    z.object({
      is: z.literal('failed'),
      code: z.enum([
        'platform-rejected',
        'platform-permission-denied',
        'plan-restricted',
        'capability-not-supported',
        'platform-outcome-unknown',
        'platform-bad-response',
      ]),
      message: z.string(),
      platform: Fault.nullable(),
    }),
  ]),
});

/** Keys of raw calls, in the table of all idempotency keys. */
export class PostgresNativeCallKeys implements NativeCallKeys {
  /** @param days  how long an answer is kept at least */
  constructor(
    private readonly database: DataSource,
    private readonly box: SecretBox,
    private readonly days: number,
  ) {}

  async find({ clientId, key }: IdempotencyKey): Promise<KeptCall | null> {
    const remembered = await rememberedKey(this.database, clientId, key);
    if (!remembered) return null;
    const [row] = await this.database.query<{ seconds: number }[]>(
      'select extract(epoch from clock_timestamp() - $1::timestamptz)::float8 as seconds',
      [remembered.createdAt],
    );
    return {
      fingerprint: remembered.fingerprint,
      outcome: await this.#outcomeIn(remembered),
      ageSeconds: row?.seconds ?? 0,
    };
  }

  async bind(key: IdempotencyKey): Promise<KeptCall | null> {
    const bound = await this.database.query<unknown[]>(
      `insert into idempotency_keys (client_id, key, fingerprint, created_at)
       values ($1, $2, $3, clock_timestamp())
       on conflict do nothing
       returning key`,
      [key.clientId, key.key, key.fingerprint],
    );
    if (bound.length > 0) return null;
    // Freed in this very moment: whoever asks again binds it.
    return (await this.find(key)) ?? this.bind(key);
  }

  async settle({ clientId, key }: IdempotencyKey, outcome: CallOutcome): Promise<void> {
    const word = outcome.is === 'answered' ? 'confirmed' : 'refused';
    const id = uuidv7();
    const sealed = outcome.is === 'answered' ? this.box.seal(outcome.body, placeOf(id)) : null;
    await this.database.query(
      `with answer as (
         insert into sealed_answers (id, sealed_answer)
         select $4::uuid, $5::bytea
         where $5::bytea is not null
       ), forgotten as (
         delete from sealed_answers where created_at < clock_timestamp() - make_interval(days => $6::int)
       )
       update idempotency_keys set answer = $3::jsonb where client_id = $1 and key = $2`,
      [clientId, key, photograph(null, { word, extra: { call: kept(outcome, id) } }), id, sealed, this.days],
    );
  }

  /** Of another command with the same key nothing is read: its fingerprint tells it from a call. */
  async #outcomeIn({ answer }: Remembered): Promise<CallOutcome | null> {
    const call = Kept.safeParse(answer?.extra).data?.call ?? null;
    if (call === null || !('sealedIn' in call)) return call;
    const [row] = await this.database.query<{ sealed: Buffer }[]>(
      'select sealed_answer as sealed from sealed_answers where id = $1',
      [call.sealedIn],
    );
    return row ? { is: 'answered', body: this.box.open(row.sealed, placeOf(call.sealedIn)) } : null;
  }

  async free({ clientId, key }: IdempotencyKey): Promise<void> {
    await this.database.query(
      `delete from idempotency_keys
       where client_id = $1 and key = $2 and operation_id is null and process_id is null and answer is null`,
      [clientId, key],
    );
  }
}

function kept(outcome: CallOutcome, sealedIn: string): JsonObject {
  if (outcome.is === 'answered') return { is: outcome.is, sealedIn };
  return { ...outcome, platform: outcome.platform && { ...outcome.platform } };
}

function placeOf(id: string): SealedPlace {
  return { table: 'sealed_answers', row: id, column: 'sealed_answer' };
}
