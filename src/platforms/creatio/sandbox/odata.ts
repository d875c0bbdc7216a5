import type { SimulatedAnswer, SimulatedRequest } from '../../../lib/simulator.js';
import { json, unrouted } from './answers.js';
import { entityOf, type Entity, type Part } from './entities.js';
import { filterOf, UnknownColumn, type Row } from './filter.js';
import type { RunLog } from './log.js';

/** OData 4, reading only; `path` begins after `/odata/`, e.g. `SysProcessLog(…)`. */
export function odataAnswer(path: string, { method, url }: SimulatedRequest, log: RunLog): SimulatedAnswer {
  const [, name = '', id] = /^(\w+)(?:\(([0-9a-f-]+)\))?$/i.exec(path) ?? [];
  const entity = entityOf(name, log, id === undefined ? partIn(url.searchParams.get('$filter') ?? '') : { ids: [id] });
  if (!entity) return unrouted();
  if (method !== 'GET') return failed('The sandbox only reads.', 'System.NotSupportedException');
  try {
    return id === undefined
      ? rowsAnswer(name, entity, url.searchParams)
      : rowAnswer(name, entity, id, url.searchParams);
  } catch (error) {
    if (!(error instanceof UnknownColumn) && !(error instanceof SyntaxError)) throw error;
    return failed(error.message, 'Terrasoft.Common.ItemNotFoundException');
  }
}

// A log of ten thousand rows is asked for single ones all the time.
function partIn(filter: string): Part {
  const keys = /^Id eq [0-9a-f-]{36}(?: or Id eq [0-9a-f-]{36})*$/i.test(filter);
  if (keys) return { ids: filter.split(' or ').map((one) => one.slice('Id eq '.length)) };
  const runId = /^SysProcess\/Id eq ([0-9a-f-]{36})$/i.exec(filter)?.[1];
  return runId === undefined ? {} : { runId };
}

function rowAnswer(name: string, { rows }: Entity, id: string, options: URLSearchParams): SimulatedAnswer {
  const row = rows.find(({ shown }) => shown['Id'] === id.toLowerCase());
  if (!row) return odata(404, { error: { code: '', message: 'The entity was not found.' } });
  return odata(200, { '@odata.context': `$metadata#${name}/$entity`, ...selected(row.shown, options) });
}

function rowsAnswer(name: string, { rows }: Entity, options: URLSearchParams): SimulatedAnswer {
  const filter = options.get('$filter');
  const test = filter === null ? () => true : filterOf(filter);
  const [column, direction] = options.get('$orderby')?.split(' ') ?? [];
  const found = rows.filter(({ filtered }) => test(filtered));
  const ordered =
    column === undefined
      ? found
      : found.toSorted((one, other) => {
          const order = String(one.shown[column]) < String(other.shown[column]) ? -1 : 1;
          return direction === 'desc' ? -order : order;
        });
  const skip = Number(options.get('$skip') ?? 0);
  const page = ordered.slice(skip, skip + Number(options.get('$top') ?? 20_000));
  return odata(200, {
    '@odata.context': `$metadata#${name}`,
    ...(options.get('$count') === 'true' ? { '@odata.count': found.length } : {}),
    value: page.map(({ shown }) => selected(shown, options)),
  });
}

function selected(row: Row, options: URLSearchParams): Row {
  const names = options.get('$select')?.split(',');
  if (!names) return row;
  return Object.fromEntries(
    names.map((name) => {
      const value = row[name];
      if (value === undefined) throw new UnknownColumn(`Column by path ${name} not found in schema`);
      return [name, value];
    }),
  );
}

function failed(message: string, type: string): SimulatedAnswer {
  const innererror = { message, type, stacktrace: '' };
  return odata(500, { error: { code: '', message: 'An error has occurred.', innererror } });
}

function odata(status: number, value: unknown): SimulatedAnswer {
  const headers = { 'content-type': 'application/json; odata.metadata=minimal', 'odata-version': '4.0' };
  return { ...json(status, value), headers };
}
