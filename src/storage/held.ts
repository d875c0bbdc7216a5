import type { WaitingFor } from '../processes/process.js';

/** Why something must not go out now, as `explainHeld` and `explainUnintended` answer it. */
export interface HeldRow {
  readonly restored: boolean;
  readonly lane: { readonly id: string; readonly until: string } | null;
}

/** `null`: nothing holds it any more. */
export function waitingOf({ restored, lane }: HeldRow): WaitingFor | null {
  if (restored) return { reason: 'restored' };
  return lane && { reason: 'lane', processId: lane.id, until: new Date(lane.until) };
}
