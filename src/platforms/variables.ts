import { pointerTo, valueFault, type Fault } from '../lib/fault.js';
import type { Json, JsonObject } from '../lib/json.js';
import type { Parameter, ParameterType } from './definition.js';

/** A value as a platform takes it, always text; `null`: this type cannot take that value. */
export type Encode = (value: Json, parameter: Parameter) => string | null;

/** How a platform writes each type; a type that is absent is refused. */
export type Encoders = Readonly<Partial<Record<ParameterType, Encode>>>;

export interface Encoded {
  readonly values: Readonly<Record<string, string | readonly string[]>>;
  readonly faults: readonly Fault[];
}

/**
 * Checks variables against a definition's parameters and writes them in the platform's form.
 *
 * `null` values are omitted; `gatewayProcessId` is the gateway's own and refused; without parameters
 * (`null`: the definition could not be read) scalars go by their JSON type.
 *
 * @param scalar  how a scalar is written when no type is known; `null` where it cannot be
 */
export function encodeVariables(
  parameters: readonly Parameter[] | null,
  variables: JsonObject,
  encoders: Encoders,
  scalar: (value: Json) => string | null,
): Encoded {
  const values: (readonly [name: string, value: string | readonly string[]])[] = [];
  const faults: Fault[] = [];
  for (const [name, value] of Object.entries(variables)) {
    const pointer = pointerTo('variables', name);
    if (name === 'gatewayProcessId') {
      faults.push(valueFault(pointer, 'reserved', 'The gateway fills this variable itself; leave it out.'));
      continue;
    }
    if (value === null) continue;
    const written = parameters ? writeKnown(parameters, name, value, encoders) : writeUnknown(value, scalar);
    if (typeof written === 'object' && 'code' in written)
      faults.push(valueFault(pointer, written.code, written.message));
    else values.push([name, written]);
  }
  for (const { name, required } of parameters ?? []) {
    if (required && isMissing(variables, name)) {
      faults.push(valueFault(pointerTo('variables', name), 'required', 'The definition requires this variable.'));
    }
  }
  return { values: Object.fromEntries(values), faults };
}

/** An empty list is nothing too. */
function isMissing(variables: JsonObject, name: string): boolean {
  const value = Object.hasOwn(variables, name) ? variables[name] : undefined;
  return value === undefined || value === null || (Array.isArray(value) && value.length === 0);
}

type Wrong = { readonly code: string; readonly message: string };

function writeKnown(
  parameters: readonly Parameter[],
  name: string,
  value: Json,
  encoders: Encoders,
): string | readonly string[] | Wrong {
  const parameter = parameters.find((one) => one.name === name);
  if (!parameter) {
    const known = parameters.map((one) => one.name).join(', ') || 'none';
    return { code: 'unknown-variable', message: `The definition has no such variable; it has: ${known}.` };
  }
  const encode = encoders[parameter.type];
  const items = parameter.multiple && Array.isArray(value) ? (value as readonly Json[]) : [value];
  const written = items.map((item) => encode?.(item, parameter) ?? null);
  if (written.some((item) => item === null)) {
    return {
      code: 'wrong-value',
      message: `This value does not fit the type ${parameter.type} (${parameter.nativeType})${chooseFrom(parameter)}.`,
    };
  }
  const texts = written.filter((item) => item !== null);
  return parameter.multiple ? texts : (texts[0] ?? '');
}

function writeUnknown(value: Json, scalar: (value: Json) => string | null): string | readonly string[] | Wrong {
  const items = Array.isArray(value) ? (value as readonly Json[]) : [value];
  const texts = items.map(scalar).filter((item) => item !== null);
  if (texts.length < items.length) {
    return {
      code: 'wrong-value',
      message: 'The definition could not be read, so only texts, numbers, booleans and lists of them can be sent.',
    };
  }
  return Array.isArray(value) ? texts : (texts[0] ?? '');
}

function chooseFrom({ options }: Parameter): string {
  return options ? `; choose one of: ${options.join(', ')}` : '';
}
