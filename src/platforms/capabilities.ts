import { operations, type Delivery, type Operation, type PlatformKind } from './platform-kind.js';
import type { Platform } from './platform.js';

/** One line of what a platform, or one connection, can do. */
export interface Capability {
  readonly operation: Operation;
  readonly supported: boolean;
  readonly delivery: Delivery | null;
  readonly note: string | null;
}

/** The verb behind each operation; reading them keeps the published list and the code one thing. */
const verbOf: Readonly<Record<Operation, keyof Platform | null>> = {
  start: 'start',
  terminate: 'terminate',
  kill: 'kill',
  complete_element: 'completeElement',
  complete_task: 'completeTask',
  delegate_task: 'delegateTask',
  observe: 'observe',
  definitions: 'definitions',
  elements: 'elements',
  tasks: 'tasks',
  native_runs: 'nativeRuns',
  call: 'natively',
};

/**
 * What this platform can do, read from the verbs that its adapter has.
 *
 * @param runIds  whether this portal was seen to keep run ids of our choice; only where it does is a lost start probed
 */
export function capabilitiesOf(
  kind: PlatformKind,
  platform: Platform,
  runIds: 'kept' | 'ignored' | 'unknown' = 'unknown',
): Capability[] {
  const isProbed = platform.probes === true && runIds === 'kept';
  return operations.map((operation) => {
    const verb = verbOf[operation];
    const supported =
      (verb !== null && verb in platform) || (operation === 'elements' && platform.tellsElements === true);
    return {
      operation,
      supported,
      delivery: !supported
        ? null
        : operation === 'start' && isProbed
          ? 'at_most_once_probed'
          : kind.delivery[operation],
      note: kind.notes[operation] ?? null,
    };
  });
}

/** What connections of a platform can do at best; a single one may do less. */
export function capabilitiesOfKind(kind: PlatformKind): Capability[] {
  return operations.map((operation) => ({
    operation,
    supported: kind.delivery[operation] !== null,
    delivery: kind.delivery[operation],
    note: kind.notes[operation] ?? null,
  }));
}
