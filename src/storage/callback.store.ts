import type { DataSource } from 'typeorm';
import { uuidv7 } from '../lib/uuid.js';
import { storableText } from '../lib/storable-text.js';
import type { CallbackStore, DueCallback, SealedElement, ToldLater } from '../connections/callback.store.js';
import type { ToldElement } from '../platforms/callback.js';
import type { ListedElement, ToldElements } from '../processes/told-elements.store.js';
import * as sql from './callback.sql.js';

interface CallbackRow {
  readonly id: string;
  readonly connection: string;
  readonly portal: string;
  readonly kind: 'run' | 'access';
  readonly definition: string | null;
  readonly native_id: string | null;
  readonly change: 'gone' | 'renewed' | null;
  readonly message: string | null;
  readonly tries: number;
  readonly process_id: string | null;
}

interface ElementRow {
  readonly id: string;
  readonly native_id: string;
  readonly name: string;
  readonly type: string;
  readonly state: ToldElement['state'];
  readonly started_at: Date;
  readonly completed_at: Date | null;
}

type Id = { readonly id: string };

/** What portals told by themselves, in Postgres: one statement, and so one commit, a method. */
export class PostgresCallbackStore implements CallbackStore {
  constructor(private readonly database: DataSource) {}

  async keepElement(element: SealedElement): Promise<boolean> {
    const { connection, portal, runId, nativeId, name, type, waits, secretSealed, waitsSeconds } = element;
    const told = [portal, runId, nativeId, name, type].map(storableText);
    const values = [uuidv7(), connection, ...told, waits, secretSealed, waitsSeconds];
    return (await this.database.query<Id[]>(sql.keepElement, values)).length > 0;
  }

  async keep(callback: ToldLater, digest: Buffer): Promise<boolean> {
    const { connection, portal, kind } = callback;
    const told =
      callback.kind === 'run'
        ? [storableText(callback.definition), storableText(callback.nativeId), null, null]
        : [null, null, callback.change, callback.message];
    const values = [uuidv7(), connection, portal, digest, kind, ...told];
    return (await this.database.query<Id[]>(sql.keepCallback, values)).length > 0;
  }

  async take({ atOnce, leaseSeconds, but }: Parameters<CallbackStore['take']>[0]): Promise<readonly DueCallback[]> {
    const rows = await this.database.query<CallbackRow[]>(sql.takeCallbacks, [atOnce, leaseSeconds, but]);
    return rows.map(callbackOf);
  }

  async handled(callbackId: string): Promise<void> {
    await this.database.query('update callbacks set handled_at = clock_timestamp() where id = $1', [callbackId]);
  }

  async postpone(callbackId: string, seconds: number): Promise<void> {
    await this.database.query(
      'update callbacks set due_at = clock_timestamp() + make_interval(secs => $2::float8) where id = $1',
      [callbackId, seconds],
    );
  }

  async forget(handledBeforeDays: number): Promise<void> {
    await this.database.query(
      'delete from callbacks where handled_at < statement_timestamp() - make_interval(days => $1::int)',
      [handledBeforeDays],
    );
    await this.database.query(sql.forgetElements, [handledBeforeDays]);
  }

  async element(portal: string, nativeId: string): ReturnType<CallbackStore['element']> {
    const [row] = await this.database.query<{ secret_sealed: Buffer; state: ToldElement['state'] }[]>(sql.toldElement, [
      portal,
      nativeId,
    ]);
    return row ? { secretSealed: row.secret_sealed, state: row.state } : null;
  }

  async unknownRuns(portal: string, definition: string, since: Date): Promise<readonly string[]> {
    const rows = await this.database.query<{ native_id: string }[]>(sql.unknownRuns, [portal, definition, since]);
    return rows.map((row) => row.native_id);
  }
}

/** Elements that portals told of, as the processes that have their runs see them. */
export class PostgresToldElements implements ToldElements {
  constructor(private readonly database: DataSource) {}

  async of(processId: string): Promise<readonly ListedElement[]> {
    const rows = await this.database.query<ElementRow[]>(sql.elementsOfProcess, [processId]);
    return rows.map(({ id, native_id: nativeId, name, type, state, started_at, completed_at }) => ({
      id,
      element: {
        nativeId,
        name,
        type,
        state,
        startedAt: started_at,
        completedAt: state === 'waiting' ? null : completed_at,
      },
    }));
  }

  async runsToldOf(portal: string, nativeIds: readonly string[]): Promise<ReadonlySet<string>> {
    const rows = await this.database.query<{ run_id: string }[]>(
      'select distinct run_id from told_elements where portal = $1 and run_id = any ($2::text[])',
      [portal, nativeIds],
    );
    return new Set(rows.map((row) => row.run_id));
  }
}

function callbackOf(row: CallbackRow): DueCallback {
  const { id, connection, portal, kind, definition, change, message, tries } = row;
  const about = { id, connection, portal, tries, processId: row.process_id };
  return kind === 'run'
    ? { ...about, kind, definition: definition ?? '', nativeId: row.native_id ?? '' }
    : { ...about, kind, change: change ?? 'renewed', message: message ?? '' };
}
