import { QueryFlag } from './query-field.js';

/** Beside a start. */
export class StartOptions {
  @QueryFlag('Only say what the start would be found to be, and what would be sent; nothing is stored or started.')
  readonly validateOnly?: boolean;
}

/** Beside the look at one process. */
export class ProcessOptions {
  @QueryFlag('Ask the platform first.')
  readonly refresh?: boolean;
}
