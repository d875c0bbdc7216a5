import type { StartsTogether } from '../platforms/platform.js';
import type { Claimed } from '../processes/operation.js';
import { orderOf, type OrderOf } from '../processes/order.js';
import type { StartCosts } from './start-costs.js';

/** A request with several starts should not take longer than this at the portal. */
const aimedMs = 5000;

/** What the starts of a claim can share. */
export interface Riding {
  /** `null`: the portal takes one start in a request, or this connection wants it so. */
  readonly together: StartsTogether | null;
  /** Requests that may go out now. */
  readonly requests: number;
  readonly costs: StartCosts;
  /** Whether runs of one lane can be told apart by their ids, so that two may be lost together. */
  readonly toldApart: boolean;
  /** What is sent of a start; absent: what it shows. It may throw. */
  readonly orderOf?: OrderOf | undefined;
}

/** Starts by the request that carries them, and those for which there was none. */
export interface Rides {
  readonly rides: readonly (readonly Claimed[])[];
  readonly left: readonly Claimed[];
}

/**
 * Spreads starts over requests, evenly, oldest first; alone as long as there are requests enough. Pure.
 *
 * At most one start of a lane rides in one request: a lost answer would leave two of them that look alike. Those that take
 * that risk themselves (`onIndeterminate: continue`), or that have ids to be told apart by, ride as they come.
 */
export function ridesOf(starts: readonly Claimed[], riding: Riding): Rides {
  const { together, requests, costs, toldApart } = riding;
  if (!together || starts.length <= requests) {
    return { rides: starts.slice(0, requests).map((start) => [start]), left: starts.slice(requests) };
  }
  const share = Math.min(together.atMost, Math.ceil(starts.length / Math.max(1, requests)));
  const rides: Ride[] = [];
  const left: Claimed[] = [];
  for (const start of starts) {
    const rider = riderOf(start, costs, toldApart);
    const mayRide = ridesAlong(start, together, riding.orderOf ?? orderOf);
    const free = mayRide ? rides.find((ride) => ride.open && hasRoom(ride, rider, share)) : undefined;
    if (free) board(free, rider);
    else if (rides.length < requests) rides.push(rideOf(rider, mayRide));
    else left.push(start);
  }
  return { rides: rides.map(({ starts: riding }) => riding), left };
}

/** What cannot be opened goes alone, and is not sent there. */
function ridesAlong({ process }: Claimed, together: StartsTogether, order: OrderOf): boolean {
  try {
    return together.mayRide(order(process));
  } catch {
    return false;
  }
}

interface Rider {
  readonly start: Claimed;
  readonly costMs: number;
  /** `null`: it may ride with others of its lane. */
  readonly lane: string | null;
}

interface Ride {
  readonly open: boolean;
  readonly starts: Claimed[];
  readonly lanes: Set<string>;
  costMs: number;
}

function riderOf(start: Claimed, costs: StartCosts, toldApart: boolean): Rider {
  const { lane, onIndeterminate, definition } = start.process;
  const costMs = costs.of({ connection: start.operation.connection, definition });
  return { start, costMs, lane: toldApart || onIndeterminate === 'continue' ? null : lane };
}

function rideOf(rider: Rider, open: boolean): Ride {
  const ride: Ride = { open, starts: [], lanes: new Set(), costMs: 0 };
  board(ride, rider);
  return ride;
}

function hasRoom({ starts, lanes, costMs }: Ride, rider: Rider, share: number): boolean {
  const isOfTheLane = rider.lane !== null && lanes.has(rider.lane);
  return starts.length < share && costMs + rider.costMs <= aimedMs && !isOfTheLane;
}

function board(ride: Ride, { start, costMs, lane }: Rider): void {
  ride.starts.push(start);
  ride.costMs += costMs;
  if (lane !== null) ride.lanes.add(lane);
}
