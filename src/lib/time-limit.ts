/** A limit of time that is let go of as soon as it is not needed any more. */
export interface TimeLimit {
  /** Aborted when the time is over. */
  readonly signal: AbortSignal;
  readonly end: () => void;
}

/** As `AbortSignal.timeout`, whose signal and timer stay in memory until their time is over, however soon the answer came. */
export function timeLimit(ms: number): TimeLimit {
  const over = new AbortController();
  const timer = setTimeout(() => over.abort(new DOMException('The time is over', 'TimeoutError')), ms).unref();
  return { signal: over.signal, end: () => clearTimeout(timer) };
}
