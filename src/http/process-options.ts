import type { ParameterFault } from './door.errors.js';
import { QueryFlag, QueryWhole, QueryWord } from './query-field.js';

/** Beside a start. */
export class StartOptions {
  @QueryFlag('Only say what the start would be found to be, and what would be sent; nothing is stored or started.')
  readonly validateOnly?: boolean;
}

/** Beside the look at one process. */
export class ProcessOptions {
  @QueryFlag('Ask the platform first.')
  readonly refresh?: boolean;

  @QueryWhole(0, 999_999_999, 'Hold the answer for so many seconds, 55 at most; with `revision` or `until`.')
  readonly wait?: number;

  @QueryWhole(0, 2_147_483_647, 'With `wait`: hold as long as the process has this revision.')
  readonly revision?: number;

  @QueryWord(['closed'], 'With `wait`: hold until the process is closed.')
  readonly until?: string;

  static faultsBetween(given: ReadonlySet<string>): ParameterFault[] {
    const isHeld = given.has('wait');
    const [first, ...others] = ['revision', 'until'].filter((parameter) => given.has(parameter));
    if (isHeld && first === undefined) {
      return [{ parameter: 'wait', code: 'incomplete', message: 'Send revision=N or until=closed beside it.' }];
    }
    return [
      ...(isHeld || first === undefined
        ? []
        : [{ parameter: first, code: 'incomplete', message: 'Send wait=N beside it.' }]),
      ...others.map((parameter) => ({ parameter, code: 'conflict', message: `Send either this or ${first}.` })),
    ];
  }
}
