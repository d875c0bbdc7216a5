import { isJsonObject, jsonIn, type Json, type JsonObject } from '../../../lib/json.js';

/** Parameters as PHP sees them; nested maps and lists are objects with keys. */
export interface Params {
  [key: string]: Json | Params;
}

/** Reads `a[b][]=1&c=2` as PHP's parse_str does: every leaf is text. */
export function parseQuery(query: string): Params {
  const params = emptyParams();
  for (const pair of query.split('&')) {
    if (pair === '') continue;
    const [name = '', ...rest] = pair.split('=');
    assign(params, decoded(name), decoded(rest.join('=')));
  }
  return params;
}

/** Sets one bracketed name, e.g. `FILTER[ID]`. */
export function assign(params: Params, name: string, value: string): void {
  const [, root = '', brackets = ''] = /^([^[]*)((?:\[[^\]]*\])*)/.exec(name) ?? [];
  const steps = [root, ...[...brackets.matchAll(/\[([^\]]*)\]/g)].map(([, step]) => step ?? '')];
  let here = params;
  for (const [index, step] of steps.entries()) {
    const key = step === '' ? String(Object.keys(here).length) : step;
    if (index === steps.length - 1) here[key] = value;
    else here = inner(here, key);
  }
}

/** A list or a map as an array of its values; anything else is null. */
export function valuesOf(value: unknown): readonly unknown[] | null {
  return typeof value === 'object' && value !== null ? Object.values(value) : null;
}

/** A map's field; `undefined` where it is no map or has no such field. */
export function fieldOf(value: unknown, name: string): unknown {
  if (typeof value !== 'object' || value === null) return undefined;
  return Object.entries(value).find(([key]) => key === name)?.[1];
}

/** A scalar as PHP turns it into text; null and objects give the empty string. */
export function textOf(value: unknown): string {
  return typeof value === 'string' || typeof value === 'number' ? String(value) : '';
}

/** JSON's object; `null` for anything else, malformed text too: PHP ignores it. */
export function parseJsonObject(text: string): JsonObject | null {
  try {
    const value = jsonIn(text);
    return isJsonObject(value) ? value : null;
  } catch {
    return null;
  }
}

/** A map without a prototype, so that no name from outside finds anything in it. */
export function emptyParams(): Params {
  const params: Params = {};
  Object.setPrototypeOf(params, null);
  return params;
}

function inner(params: Params, key: string): Params {
  const fresh = emptyParams();
  const there = params[key];
  if (isParams(there)) return there;
  params[key] = fresh;
  return fresh;
}

function isParams(value: Json | Params | undefined): value is Params {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '));
  } catch {
    return text;
  }
}
