/** Anything that JSON can hold. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

export type JsonObject = { readonly [key: string]: Json };

/**
 * What a JSON text says.
 *
 * @throws SyntaxError  it is no JSON
 */
export function jsonIn(text: string): Json {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the language promises JSON here and types it any
  return JSON.parse(text) as Json;
}

/** Whether it is an object: no list, not null. */
export function isJsonObject(value: Json | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The text under a name in whatever it is; empty where there is none. */
export function textIn(holder: unknown, name: string): string {
  if (typeof holder !== 'object' || holder === null) return '';
  const value: unknown = Object.entries(holder).find(([key]) => key === name)?.[1];
  return typeof value === 'string' ? value : '';
}
