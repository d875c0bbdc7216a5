/**
 * One thing that is wrong with what somebody sent us.
 *
 * `shape` faults (unknown field, wrong JSON type) mean that the text is not what the contract describes at all;
 * `value` faults mean that a well-formed text holds a value that does not fit, or lacks a required one.
 */
export interface Fault {
  readonly kind: 'shape' | 'value';
  /** RFC 6901, e.g. `/variables/Parameter1`; the empty string is the whole body. */
  readonly pointer: string;
  /** A slug that a program can branch on, e.g. `unknown-field`, `required`, `wrong-type`. */
  readonly code: string;
  /** A sentence for a person that also says what would be right. */
  readonly message: string;
}

/** An RFC 6901 pointer from its steps: `pointerTo('variables', 'a/b')` gives `/variables/a~1b`. */
export function pointerTo(...steps: readonly (string | number)[]): string {
  return steps.map((step) => `/${String(step).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');
}

/** A fault of value, the common kind; see {@link Fault}. */
export function valueFault(pointer: string, code: string, message: string): Fault {
  return { kind: 'value', pointer, code, message };
}

/** A fault of shape; see {@link Fault}. */
export function shapeFault(pointer: string, code: string, message: string): Fault {
  return { kind: 'shape', pointer, code, message };
}
