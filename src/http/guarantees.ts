import { capabilitiesOfKind } from '../platforms/capabilities.js';
import { deliveryWords, type DeliveryWords } from '../platforms/delivery.js';
import type { Delivery, Operation, PlatformKind } from '../platforms/platform-kind.js';

/** What is promised of one operation of a platform; `null`: it cannot be done. */
export interface OperationGuarantee {
  readonly operation: Operation;
  readonly delivery: Delivery | null;
  readonly words: DeliveryWords | null;
  readonly note: string | null;
}

export interface PlatformGuarantee {
  readonly name: string;
  readonly operations: readonly OperationGuarantee[];
  /** What it proves that no run of a lost start is found. */
  readonly absence: string;
}

/** What each platform's operations promise, read from the list that the gateway works by. */
export function guaranteesOf(kinds: readonly PlatformKind[]): PlatformGuarantee[] {
  return kinds.map((kind) => ({
    name: kind.name,
    absence: kind.absence,
    operations: capabilitiesOfKind(kind).map(({ operation, delivery, note }) => ({
      operation,
      delivery,
      words: delivery && deliveryWords[delivery],
      note,
    })),
  }));
}

/** What holds of every start, as long as the database keeps its commits; the first four invariants. */
export const invariants: readonly (readonly [id: string, holds: string])[] = [
  ['I1', 'A start that was answered 2xx is never lost, whatever is killed after the answer.'],
  [
    'I2',
    'For one accepted start the platform receives at most one request that it executes, unless an operator ordered ' +
      '`resend`, or a probe met one of its two residuals.',
  ],
  ['I3', 'The process id is in the database before the first byte goes to the platform.'],
  [
    'I4',
    'A committed intent precedes the request; an intent without a verdict is never sent again by a machine, except as a ' +
      'probe that the platform itself cannot run twice.',
  ],
];

/** What nobody can promise. */
export const residuals: readonly (readonly [title: string, about: string])[] = [
  [
    'The gap before the first byte',
    'The last check stands right before the request is written to a connected socket. A replica that is frozen exactly ' +
      'between the two writes late. No software closes this gap.',
  ],
  [
    'A probe after a kill',
    'Somebody killed the first run at the platform between its start and the probe: its row is gone, so the platform ' +
      'does not recognize the run id and runs it again. Only connections with `runIds: "probe"`.',
  ],
  [
    'A probe at a portal that changed',
    'The portal stopped keeping run ids since its last answer, so it runs the probe under another id. The gateway opens ' +
      'the incident `second-run` and probes there no more. Only connections with `runIds: "probe"`.',
  ],
  [
    'A key from a lost stretch',
    'After a restore the database is older than the world. An idempotency key whose row was lost, repeated after an ' +
      'operator released the hold, starts a second run where the platform keeps no run ids.',
  ],
  [
    'A restore that nobody sees',
    'A data directory that is put back while nothing runs looks like one that was never away. Restoring begins with the ' +
      'command `bpmgw restored`.',
  ],
  ['A person', 'An operator may order `resend`, and takes it upon themselves that the first one did not run.'],
];
