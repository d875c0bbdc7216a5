import type { Log } from '../lib/log.js';

/**
 * Ends the process by whatever nobody has caught, with a line of ours. Node's own would show everything that a library hung
 * on the error: requests, headers, rows.
 */
export function endOnCrash(log: Log): void {
  const end =
    (event: string) =>
    (error: unknown): void => {
      log.error(event, { error });
      process.exit(1);
    };
  process.on('uncaughtException', end('process.crashed'));
  process.on('unhandledRejection', end('process.rejected'));
}
