import { isJsonObject, type Json, type JsonObject } from '../lib/json.js';
import { storableText } from '../lib/storable-text.js';
import type { Process } from '../processes/process.js';

/**
 * A process with its platform's words as the database gives them back, U+FFFD in place of what it cannot hold: so whoever is
 * answered at once is told the same as whoever asks again.
 */
export function storable(process: Process): Process {
  const { result, failure } = process;
  if (result === null && failure === null) return process;
  const platform = failure?.platform;
  return {
    ...process,
    result: result && objectOf(result),
    failure: failure && {
      ...failure,
      code: storableText(failure.code),
      message: storableText(failure.message),
      platform: platform
        ? {
            ...platform,
            code: platform.code === null ? null : storableText(platform.code),
            message: platform.message === null ? null : storableText(platform.message),
          }
        : null,
    },
  };
}

function objectOf(object: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(object).map(([name, value]) => [storableText(name), valueOf(value)]));
}

function valueOf(value: Json): Json {
  if (typeof value === 'string') return storableText(value);
  if (isJsonObject(value)) return objectOf(value);
  return isList(value) ? value.map(valueOf) : value;
}

function isList(value: Json): value is readonly Json[] {
  return Array.isArray(value);
}
