/** What one error code means, for programs and for the page that a problem's `type` opens. */
export interface ProblemKind {
  readonly status: number;
  /** A few words that never change for a code. */
  readonly title: string;
  /** Whether the same request with the same key may help. */
  readonly retryable: boolean;
  readonly meaning: string;
  readonly remedy: string;
}
