/** Structured log lines: `event` is a fixed word, values are fields. Redaction happens behind it. */
export interface Log {
  info(event: string, fields?: Readonly<Record<string, unknown>>): void;
  warn(event: string, fields?: Readonly<Record<string, unknown>>): void;
  error(event: string, fields?: Readonly<Record<string, unknown>>): void;
}
export const Log = Symbol('Log');
