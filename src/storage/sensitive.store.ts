import { setTimeout as passed } from 'node:timers/promises';
import type { DataSource } from 'typeorm';
import type { JsonObject } from '../lib/json.js';
import type { KeptValues, MarkedVariables, SensitiveStore, UnmarkedProcess } from '../processes/sensitive.store.js';
import { fromColumns, type Row } from './columns.js';
import { json } from './process-json.js';
import * as sql from './sensitive.sql.js';

const atOnce = 200;
/** How long writes that began before a mark are waited for. */
const longestMs = 10_000;

/** Marks of sensitive variables in Postgres. */
export class PostgresSensitiveStore implements SensitiveStore {
  constructor(private readonly database: DataSource) {}

  all(): Promise<readonly MarkedVariables[]> {
    return this.database.query('select connection, definition, names from sensitive_variables');
  }

  async mark({ connection, definition, names }: MarkedVariables): Promise<boolean> {
    const rows = await this.database.query<unknown[]>(sql.mark, [connection, definition, names]);
    return rows.length > 0;
  }

  async olderOver(): Promise<void> {
    const [now] = await this.database.query<{ xid: string }[]>(
      'select pg_snapshot_xmax(pg_current_snapshot())::text as xid',
    );
    const untilMs = performance.now() + longestMs;
    for (let pauseMs = 5; performance.now() < untilMs; pauseMs = Math.min(200, pauseMs * 2)) {
      const [row] = await this.database.query<{ over: boolean }[]>(
        'select pg_snapshot_xmin(pg_current_snapshot()) >= $1::xid8 as over',
        [now?.xid],
      );
      if (row?.over) return;
      await passed(pauseMs);
    }
  }

  async unmarked(
    { connection, definition, names }: MarkedVariables,
    after: string | null,
  ): Promise<readonly UnmarkedProcess[]> {
    const rows = await this.database.query<Row[]>(sql.unmarked, [connection, definition, names, after, atOnce]);
    return rows.map((row) => fromColumns<UnmarkedProcess>(row, new Set()));
  }

  async rewrite(
    before: UnmarkedProcess,
    values: KeptValues & { readonly sensitive: readonly string[] },
  ): Promise<boolean> {
    const { sensitive, variables, sealedVariables, closedVariables, result } = values;
    const [row] = await this.database.query<{ written: number }[]>(sql.rewrite, [
      before.id,
      before.revision,
      before.sealedVariables,
      sensitive,
      json(variables),
      sealedVariables,
      closedVariables && json(closedVariables),
      result && json(result),
    ]);
    return row?.written === 1;
  }

  async hideResults(processId: string, names: readonly string[]): Promise<void> {
    await this.database.query(sql.hideAnswers, [processId, names]);
    await this.database.query(sql.hideReports, [processId, names]);
  }

  inputsOf(processId: string): Promise<readonly { readonly id: string; readonly input: JsonObject }[]> {
    return this.database.query('select id, input from operations where process_id = $1 and sealed_input is null', [
      processId,
    ]);
  }

  async sealInput(operationId: string, input: JsonObject, sealedInput: string): Promise<void> {
    await this.database.query(
      'update operations set input = $2::jsonb, sealed_input = $3 where id = $1 and sealed_input is null',
      [operationId, json(input), sealedInput],
    );
  }
}
