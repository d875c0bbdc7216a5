import { ValidateBy, type ValidationOptions } from 'class-validator';
import { isCidr } from '../lib/cidr.js';
import { timeIn } from './query-field.js';

/** An address or a CIDR, e.g. `10.0.0.0/8`. */
export function IsCidr(options?: ValidationOptions): PropertyDecorator {
  return ValidateBy(
    {
      name: 'isCidr',
      validator: {
        validate: (value) => typeof value === 'string' && isCidr(value),
        defaultMessage: () => 'this must be addresses or CIDRs, e.g. 10.0.0.0/8',
      },
    },
    options,
  );
}

/**
 * A moment as in RFC 3339, e.g. `2026-11-21T09:30:00Z`; 30 February is none, nor is what lies in the year 0 or 10000 of UTC,
 * which cannot be told as such a time again.
 */
export function IsTime(options?: ValidationOptions): PropertyDecorator {
  return ValidateBy(
    {
      name: 'isTime',
      validator: {
        validate: (value) => typeof value === 'string' && isTold(timeIn(value)),
        defaultMessage: () => 'this must be a time as in RFC 3339, e.g. 2026-11-21T09:30:00Z',
      },
    },
    options,
  );
}

function isTold(time: Date | null): boolean {
  return time !== null && time.getUTCFullYear() >= 1 && time.getUTCFullYear() <= 9999;
}
