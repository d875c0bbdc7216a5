import { ValidateIf } from 'class-validator';

/** The field may be missing; `null` is a wrong type. */
export function Optional(): PropertyDecorator {
  return ValidateIf((_, value) => value !== undefined);
}

/** The field may be missing, and `null` says that there is none. */
export function OptionalOrNull(): PropertyDecorator {
  return ValidateIf((_, value) => value !== undefined && value !== null);
}
