import type { z } from 'zod';
import type { Call } from '../platform.js';
import type { CreatioClient } from './creatio.client.js';
import { isGuid } from './encoders.js';
import { odataPath, readRows } from './odata.js';
import { isForGood, isOfTheMoment } from './rows.js';
import { isAnyOf } from './rows-query.js';
import { filtersOf, selectRows } from './select-query.js';
import { ProcessLogRow } from './creatio.wire.js';

export type LogRow = z.infer<typeof ProcessLogRow>;
/** One way to read rows of the log: those of these keys, or any one. */
type Way = (client: CreatioClient, ids: readonly string[] | null, call: Call) => Promise<LogRow[]>;

/** A reading, and the last way that it may try. */
interface Reading {
  readonly call: Call;
  readonly last: number;
}

/** How long a command waits for a look at the log beside it, in milliseconds. */
export const glanceMs = 3000;

/** Each id takes 45 characters of a URL, which IIS limits to 2,048 in the query by default. */
export const idsAtOnce = 20;

/**
 * The process log, by the first way that the rights of the technical user leave: OData's table, its view, DataService.
 *
 * A way that was refused is not tried again, until a connection test asks anew.
 *
 * Source: Academy, "odata web service (OData 4)" (CanUseODataService), "DataService basics"; the vendor's settings ship a
 * switch that hides system tables from OData.
 */
export class ProcessLog {
  /** The first way that has not been refused. */
  #way = 0;

  constructor(private readonly client: CreatioClient) {}

  /** The entity of OData that shows the log, as far as it is known. */
  get entity(): 'SysProcessLog' | 'VwSysProcessLog' {
    return this.#way === 0 ? 'SysProcessLog' : 'VwSysProcessLog';
  }

  /**
   * The rows of these runs, by lower-case key. What the table lacks is looked for among what was archived; the archive
   * holds finished runs alone, so that a right to it that is missing hides none that goes on.
   *
   * @throws Refused, InDoubt, Busy, Unreached  no way is open, or the one that is gave no answer
   */
  find(runIds: readonly string[], call: Call): Promise<ReadonlyMap<string, LogRow>> {
    return this.#find(runIds, { call, last: ways.length - 1 });
  }

  /**
   * The same beside a command, which waits for it no longer than a moment: what is not known to be allowed is not tried where a refusal would cost the session that
   * the command needs.
   */
  glance(runIds: readonly string[], { signal }: Call): Promise<ReadonlyMap<string, LogRow>> {
    const soon = AbortSignal.any([signal, AbortSignal.timeout(glanceMs)]);
    return this.#find(runIds, { call: { signal: soon }, last: Math.max(this.#way, lastOfOData) });
  }

  async #find(runIds: readonly string[], reading: Reading): Promise<ReadonlyMap<string, LogRow>> {
    // A run that was adopted by hand may have any id; one that is no key cannot be in the log.
    const ids = runIds.filter(isGuid);
    if (ids.length === 0) return new Map();
    const rows = byKey(await this.#read(ids, reading));
    const missing = ids.filter((id) => !rows.has(id.toLowerCase()));
    if (missing.length === 0 || this.#way === 1) return rows;
    return new Map([...rows, ...byKey(await this.#archived(missing, reading.call))]);
  }

  /** Finds out which way is open, also one that was refused before. Errors as of `find`. */
  async probe(call: Call): Promise<string> {
    this.#way = 0;
    await this.#read(null, { call, last: ways.length - 1 });
    return names[this.#way] ?? '';
  }

  async #read(ids: readonly string[] | null, { call, last }: Reading): Promise<LogRow[]> {
    const refusals: unknown[] = [];
    for (const [index, way] of ways.entries()) {
      if (index < this.#way || index > last) continue;
      try {
        const rows = await way(this.client, ids, call);
        if (refusals.every(isForGood)) this.#way = index;
        return rows;
      } catch (error) {
        if (!isForGood(error) && !isOfTheMoment(error)) throw error;
        refusals.push(error);
      }
    }
    throw refusals[0];
  }

  async #archived(ids: readonly string[], call: Call): Promise<LogRow[]> {
    try {
      return this.#way === 0 ? await view(this.client, ids, call) : await selectedView(this.client, ids, call);
    } catch (error) {
      if (isForGood(error) || isOfTheMoment(error)) return [];
      throw error;
    }
  }
}

const fields = ['Id', 'StatusId', 'ErrorDescription'];

function byOData(entity: string): Way {
  return (client, ids, call) => {
    const query = ids === null ? { filter: null, top: 1 } : { filter: ids.map((id) => `Id eq ${id}`).join(' or ') };
    return readRows(client, odataPath(entity, { select: fields, ...query }), ProcessLogRow, call);
  };
}

function bySelect(rootSchemaName: string): Way {
  return (client, ids, call) => {
    const columns = { Id: 'Id', StatusId: 'Status', ErrorDescription: 'ErrorDescription' };
    const filters = ids === null ? null : filtersOf([isAnyOf('Id', ids)]);
    return selectRows(client, { rootSchemaName, columns, filters, rowCount: ids?.length ?? 1 }, ProcessLogRow, call);
  };
}

const view = byOData('VwSysProcessLog');
const selectedView = bySelect('VwSysProcessLog');
const ways: readonly Way[] = [byOData('SysProcessLog'), view, bySelect('SysProcessLog')];
const lastOfOData = 1;
const names = ['OData', 'OData (VwSysProcessLog)', 'DataService'];

function byKey(rows: readonly LogRow[]): ReadonlyMap<string, LogRow> {
  return new Map(rows.map((row) => [row.Id.toLowerCase(), row]));
}
