import { pino, type DestinationStream, type Logger } from 'pino';
import type { Log } from '../lib/log.js';
import { redacted } from './redact.js';

type Fields = Readonly<Record<string, unknown>>;

/** Log lines as JSON on standard output, secrets taken out: `{"at","level","event",…}`. */
export class PinoLog implements Log {
  readonly #pino: Logger;

  /** @param to  where lines go; standard output by default */
  constructor(level: string, to?: DestinationStream) {
    const options = {
      level,
      base: null,
      messageKey: 'event',
      timestamp: () => `,"at":"${new Date().toISOString()}"`,
      formatters: { level: (label: string) => ({ level: label }) },
    };
    this.#pino = to ? pino(options, to) : pino(options);
  }

  debug(event: string, fields?: Fields): void {
    if (this.#pino.isLevelEnabled('debug')) this.#pino.debug(redacted(fields ?? {}), event);
  }

  info(event: string, fields?: Fields): void {
    if (this.#pino.isLevelEnabled('info')) this.#pino.info(redacted(fields ?? {}), event);
  }

  warn(event: string, fields?: Fields): void {
    this.#pino.warn(redacted(fields ?? {}), event);
  }

  error(event: string, fields?: Fields): void {
    this.#pino.error(redacted(fields ?? {}), event);
  }
}
