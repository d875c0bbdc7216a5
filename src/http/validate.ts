import { Injectable, type ArgumentMetadata, type PipeTransform } from '@nestjs/common';
import { plainToInstance } from 'class-transformer';
import { validateSync } from 'class-validator';
import { pointerTo, shapeFault, type Fault } from '../lib/fault.js';
import { MalformedRequest, ValidationFailed } from './door.errors.js';
import { quickCheckOf } from './quick-check.js';
import { Query } from './query-string.js';
import { readQueryAs } from './query-field.js';
import { faultsIn } from './validation-faults.js';

type Fields = Readonly<Record<string, unknown>>;

/** Parses bodies and queries into the classes that controllers name; the only way in. */
@Injectable()
export class DoorPipe implements PipeTransform {
  transform(value: unknown, { type, metatype }: ArgumentMetadata): unknown {
    if (metatype === undefined || isPlain(metatype)) return value;
    if (type === 'query' && value instanceof Query) return readQueryAs(metatype, value);
    return type === 'body' ? readBodyAs(metatype as new () => object, value) : value;
  }
}

/** A class that describes a body; what no decorator can say, e.g. between two fields, it says itself. */
export interface BodyClass<T> {
  new (): T;
  readonly faultsIn?: (body: Fields) => readonly Fault[];
}

/**
 * A body as the class describes it. No body counts as an empty object, so that commands without arguments need none.
 *
 * @throws MalformedRequest  unknown fields, wrong JSON types, or no body where one is needed; with all such faults
 * @throws ValidationFailed  values that do not fit, required fields that are missing; with all of them
 */
export async function readBodyAs<T extends object>(type: BodyClass<T>, body: unknown): Promise<T> {
  if (body !== undefined && !isObject(body)) {
    throw new MalformedRequest('The body must be a JSON object.', [
      shapeFault('', 'wrong-type', 'Send a JSON object here.'),
    ]);
  }
  const given = body ?? {};
  // Most bodies are good, and to find that costs a fraction of saying what is not.
  if (quickCheckOf(type)(given) && (type.faultsIn?.(given) ?? []).length === 0) return Object.assign(new type(), given);
  const dto = plainToInstance(type, given);
  const lost: Fault[] = [];
  restore(dto, given, [], lost);
  const rules = { whitelist: true, forbidNonWhitelisted: true, forbidUnknownValues: false };
  const own = type.faultsIn?.(given) ?? [];
  const faults = [...lost, ...faultsIn(validateSync(dto, rules)), ...own];
  const shape = faults.filter(({ kind }) => kind === 'shape');
  if (faults.length > 0 && body === undefined) throw new MalformedRequest('This request needs a body.', faults);
  if (shape.length > 0) throw new MalformedRequest('The body is not what this route takes.', shape);
  if (faults.length > 0) throw new ValidationFailed(faults);
  return dto;
}

// class-transformer leaves keys out that it finds dangerous, also from objects that are the caller's own business, such
// as variables. What is no class of ours is therefore taken as it came.
function restore(dto: object, given: Fields, steps: readonly (string | number)[], lost: Fault[]): void {
  for (const [key, value] of Object.entries(given)) {
    const made: unknown = Object.hasOwn(dto, key) ? Reflect.get(dto, key) : undefined;
    // What every object inherits, e.g. `hasOwnProperty`, class-validator takes for a field that it knows.
    if (key in Object.prototype) {
      lost.push(shapeFault(pointerTo(...steps, key), 'unknown-field', 'There is no such field here; remove it.'));
    } else if (isOurs(made) && isObject(value)) restore(made, value, [...steps, key], lost);
    else if (Array.isArray(made) && made.some(isOurs) && Array.isArray(value)) {
      value.forEach((item: unknown, at) => {
        const one: unknown = made[at];
        if (isOurs(one) && isObject(item)) restore(one, item, [...steps, key, at], lost);
      });
    } else Reflect.set(dto, key, value);
  }
}

function isObject(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isOurs(value: unknown): value is object {
  return isObject(value) && Object.getPrototypeOf(value) !== Object.prototype;
}

function isPlain(type: unknown): boolean {
  return [String, Number, Boolean, Array, Object].some((plain) => plain === type);
}
