import type { LoggerService } from '@nestjs/common';
import type { Log } from '../lib/log.js';

/** Nest's own lines among ours: what it tells of its start is left out, what it warns of is not. */
export function nestLog(log: Log): LoggerService {
  return {
    log: () => {},
    warn: (message: unknown, ...rest: unknown[]) => log.warn('framework.warned', line(message, rest)),
    error: (message: unknown, ...rest: unknown[]) => log.error('framework.failed', line(message, rest)),
  };
}

function line(message: unknown, rest: readonly unknown[]): Record<string, unknown> {
  return { message, from: rest.at(-1) ?? null };
}
