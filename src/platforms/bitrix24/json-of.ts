import { isJsonObject, jsonIn, type JsonObject } from '../../lib/json.js';

/** An object as JSON would carry it: fields that are `undefined` are gone, and nothing is shared with the original. */
export function asJson(value: object): JsonObject {
  const json = jsonIn(JSON.stringify(value));
  return isJsonObject(json) ? json : {};
}
