import type { Json } from '../lib/json.js';
import { platformKinds } from '../platforms/registry.js';
import { FormBody } from './inbound-body.js';
import { parseJson } from './json-body.js';
import type { ReportQuery } from './reports.dto.js';

type Fields = Readonly<Record<string, unknown>>;

/** Fields of a report that a form or an address may carry. */
const names = ['processId', 'nativeId', 'outcome', 'message', 'result', 'reportId'] as const;

/** A step that was not run by its platform sends them as they stand in the address that it was given. */
const placeholders = new Set(
  platformKinds.flatMap(({ reportPlaceholders }) => Object.values(reportPlaceholders ?? {})),
);

/**
 * What a report says, wherever it says it; the body counts before the address. A form holds fields of its portal beside
 * ours; those of other names are its own business.
 */
export function reportFieldsIn(body: unknown, query: ReportQuery): unknown {
  const inAddress = asReport(names.map((name) => [name, query[name]]));
  if (body === undefined) return inAddress;
  if (body instanceof FormBody) {
    return { ...inAddress, ...asReport(names.map((name) => [name, body.fields.get(name)?.at(-1)])) };
  }
  if (!isFields(body)) return body;
  return { ...inAddress, ...Object.fromEntries(Object.entries(body).filter(([, value]) => isSaid(value))) };
}

/** Texts as fields; what came of it is an object. */
function asReport(texts: readonly (readonly [name: string, text: string | undefined])[]): Fields {
  const said = texts.filter(([, text]) => isSaid(text));
  return Object.fromEntries(said.map(([name, text = '']) => [name, name === 'result' ? resultIn(text) : text]));
}

function resultIn(text: string): unknown {
  let said: unknown;
  try {
    said = parseJson(Buffer.from(text));
  } catch {
    said = text satisfies Json;
  }
  return isFields(said) ? said : { value: said };
}

function isSaid(value: unknown): boolean {
  return value !== undefined && (typeof value !== 'string' || (value.trim() !== '' && !placeholders.has(value)));
}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
