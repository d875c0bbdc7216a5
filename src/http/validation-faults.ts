import { getMetadataStorage, type ValidationError } from 'class-validator';
import { pointerTo, shapeFault, valueFault, type Fault } from '../lib/fault.js';

/** The JSON type that each type rule asks for; a value of another type is a fault of shape. */
const typeAskedBy: Readonly<Record<string, { readonly name: string; fits(value: unknown): boolean }>> = {
  isString: { name: 'string', fits: (value) => typeof value === 'string' },
  isBoolean: { name: 'boolean', fits: (value) => typeof value === 'boolean' },
  isInt: { name: 'number', fits: (value) => typeof value === 'number' },
  isNumber: { name: 'number', fits: (value) => typeof value === 'number' },
  isArray: { name: 'array', fits: (value) => Array.isArray(value) },
  isObject: { name: 'object', fits: isObject },
  nestedValidation: { name: 'object', fits: isObject },
  isIn: { name: 'string', fits: (value) => typeof value === 'string' },
};

/** Our words for the rules of class-validator that callers meet; the others are `invalid`. */
const codeOf: Readonly<Record<string, string>> = {
  isIn: 'not-allowed',
  maxLength: 'too-long',
  minLength: 'too-short',
  isNotEmpty: 'too-short',
  arrayMaxSize: 'too-many',
  arrayMinSize: 'too-few',
  arrayUnique: 'repeated',
  min: 'out-of-range',
  max: 'out-of-range',
  matches: 'wrong-form',
  isUUID: 'wrong-form',
};

/** The faults of a body, each with its pointer, from what class-validator found. */
export function faultsIn(errors: readonly ValidationError[], steps: readonly string[] = []): Fault[] {
  return errors.flatMap((error) => {
    const here = [...steps, error.property];
    return [...faultsAt(error, here), ...faultsIn(error.children ?? [], here)];
  });
}

function faultsAt(error: ValidationError, here: readonly string[]): Fault[] {
  const { constraints = {}, contexts } = error;
  const pointer = pointerTo(...here);
  const rules = Object.keys(constraints);
  if (rules.length === 0) return [];
  if ('whitelistValidation' in constraints) {
    return [shapeFault(pointer, 'unknown-field', 'There is no such field here; remove it.')];
  }
  if (error.value === undefined) return [valueFault(pointer, 'required', 'This field is required.')];
  const wrongType = rules.flatMap((rule) => wrongTypes(rule, error, here));
  if (wrongType.length > 0) return wrongType.slice(0, 1);
  return rules.map((rule) => {
    const code = codeIn(contexts?.[rule]) ?? codeOf[rule] ?? 'invalid';
    return valueFault(pointer, code, `${constraints[rule] ?? 'This value does not fit'}.`);
  });
}

function codeIn(context: unknown): string | null {
  const isCoded = typeof context === 'object' && context !== null && 'code' in context;
  return isCoded && typeof context.code === 'string' ? context.code : null;
}

/** Where a value, or an item of a list whose items are ruled, is not of the JSON type that the rule asks for. */
function wrongTypes(rule: string, error: ValidationError, here: readonly string[]): Fault[] {
  const asked = typeAskedBy[rule];
  const value: unknown = error.value;
  if (!asked || asked.fits(value)) return [];
  const wrong = (pointer: string): Fault => shapeFault(pointer, 'wrong-type', `Send a JSON ${asked.name} here.`);
  if (!Array.isArray(value) || !rulesItems(rule, error)) return [wrong(pointerTo(...here))];
  return value.flatMap((item, at) => (asked.fits(item) ? [] : [wrong(pointerTo(...here, at))]));
}

/** Whether the rule is about the items of a list, and not about the value itself; the error does not say. */
function rulesItems(rule: string, { target, property }: ValidationError): boolean {
  if (target === undefined) return false;
  return getMetadataStorage()
    .getTargetValidationMetadatas(target.constructor, '', true, false)
    .some(({ propertyName, name, type, each }) => propertyName === property && (name ?? type) === rule && each);
}

function isObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
