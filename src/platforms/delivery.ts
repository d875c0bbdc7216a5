import type { Delivery, Operation, PlatformKind } from './platform-kind.js';

/** What a delivery class promises, in sentences for people who build on it. */
export interface DeliveryWords {
  readonly promised: string;
  readonly neverPromised: string;
}

/** Weakest first: the first one promises least of what happens at the platform. */
const byStrength: readonly Delivery[] = ['at_most_once_probed', 'at_most_once', 'repeated_safely', 'read'];

export const deliveryWords: Readonly<Record<Delivery, DeliveryWords>> = {
  at_most_once: {
    promised:
      'At most one request that could run is sent, unless a person orders another. If its answer is lost, the process ' +
      'says so (`indeterminate`), and the gateway looks for the run; unless the connection asks for probes, it sends ' +
      'nothing again.',
    neverPromised: 'That it runs, or that the gateway always learns by itself whether it ran.',
  },
  at_most_once_probed: {
    promised:
      'As `at_most_once`. If the answer is lost and the run is not found, the same start is sent once more under the ' +
      'same run id, and only where this portal was just seen to keep run ids: a run that exists already is then refused.',
    neverPromised: 'That two runs are impossible: the two residuals of probes below remain.',
  },
  repeated_safely: {
    promised:
      'Sent again until its outcome is known. A second request finds done what the first one did and changes nothing more.',
    neverPromised: 'That the platform receives one request only.',
  },
  read: {
    promised: 'Changes nothing at the platform, however often it is sent.',
    neverPromised: 'That what was read is still so when you read it.',
  },
};

/** What a route promises that stands for several platforms: the weakest of their words; `null`: none of them can do it. */
export function weakestDelivery(kinds: readonly PlatformKind[], operation: Operation): Delivery | null {
  const words = kinds.map(({ delivery }) => delivery[operation]);
  return byStrength.find((delivery) => words.includes(delivery)) ?? null;
}
