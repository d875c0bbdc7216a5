let last = 0;

/** A value that no other start of this run of node has; it survives JSON, URLs and forms as it is. */
export function walkUnique(): string {
  last += 1;
  return `walk-${process.pid}x${last}x`;
}

/** The unique value that a request, an answer or a line of a log carries; `null`: none. */
export function walkUniqueIn(text: string): string | null {
  return /walk-\d+x\d+x/.exec(text)?.[0] ?? null;
}
