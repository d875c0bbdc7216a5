/** How much of its work a method of a portal has used up. */
export interface MethodState {
  /** The portal's origin. */
  readonly portal: string;
  /** E.g. `bizproc.workflow.start`. */
  readonly method: string;
  /** Seconds of work in the platform's own window. */
  readonly operatingSeconds: number;
  readonly allowedSeconds: number;
  /** When the window begins anew; `null`: not told. */
  readonly resetsAt: Date | null;
  /** Until when the portal has refused it; `null`: it did not. */
  readonly closedUntil: Date | null;
  readonly toldAt: Date;
}

/** What replicas tell each other of the work of methods. */
export interface MethodUseStore {
  /** Keeps what was told, where nothing newer stands. */
  keep(states: readonly MethodState[]): Promise<void>;
  /** What was told of every method in the last hour. */
  all(): Promise<readonly MethodState[]>;
}
