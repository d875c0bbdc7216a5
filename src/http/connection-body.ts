import { ConnectionUnfit } from '../connections/connection.errors.js';
import type { OwnFields } from '../connections/registration.js';
import type { Fault } from '../lib/fault.js';
import { MalformedRequest, ValidationFailed } from './door.errors.js';
import { readBodyAs } from './validate.js';

/** A body of which a class describes the common fields, and the platform the others. */
export interface ConnectionBody<T> {
  readonly common: T;
  readonly own: OwnFields;
}

/**
 * Reads a body that has the platform's own fields beside those of the class.
 *
 * @param common     the names of the fields that the class describes
 * @param faultsOf  what the platform finds wrong; asked only where the common fields are at fault, so that the caller
 *                   learns of all at once. Otherwise the command asks for itself.
 */
export async function readConnectionBody<T extends object>(
  type: new () => T,
  common: readonly string[],
  body: unknown,
  faultsOf: (body: OwnFields, own: OwnFields) => readonly Fault[],
): Promise<ConnectionBody<T>> {
  // What is no object has no fields of any kind; the class says so in its own words.
  if (!isObject(body)) return { common: await readBodyAs(type, body), own: {} };
  const pick = (isCommon: boolean): OwnFields =>
    Object.fromEntries(Object.entries(body).filter(([name]) => common.includes(name) === isCommon));
  const own = pick(false);
  try {
    return { common: await readBodyAs(type, pick(true)), own };
  } catch (error) {
    if (!(error instanceof MalformedRequest || error instanceof ValidationFailed)) throw error;
    throw new ConnectionUnfit([...error.faults, ...faultsOf(body, own)]);
  }
}

function isObject(value: unknown): value is OwnFields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
