import type { z } from 'zod';
import { pointerTo, shapeFault, valueFault, type Fault } from './fault.js';

/**
 * The faults that a zod schema found, each with the pointer to its field.
 *
 * @param root  pointer of what was parsed, e.g. `/auth`
 */
export function faultsOf(error: z.ZodError, root = ''): Fault[] {
  return error.issues.flatMap((issue) => {
    const pointer = root + pointerTo(...issue.path.map((step) => (typeof step === 'symbol' ? String(step) : step)));
    if (issue.code === 'unrecognized_keys') {
      return issue.keys.map((key) =>
        shapeFault(pointer + pointerTo(key), 'unknown-field', `There is no field "${key}" here; remove it.`),
      );
    }
    if (issue.code !== 'invalid_type') return [valueFault(pointer, 'invalid', issue.message)];
    return issue.input === undefined
      ? [valueFault(pointer, 'required', `This field is required: ${issue.expected}.`)]
      : [shapeFault(pointer, 'wrong-type', `Send a JSON ${issue.expected} here.`)];
  });
}
