import { valueFault, type Fault } from '../lib/fault.js';
import { KnownError } from '../lib/known-error.js';

/** There is no such webhook or delivery, or its reader may not see it. */
export class WebhookNotFound extends KnownError {
  override readonly name = 'WebhookNotFound';
  readonly code = 'not-found';

  constructor(what: string, id: string) {
    super(`There is no ${what} ${id}.`);
  }
}

/** It was changed since its editor read it. */
export class WebhookChanged extends KnownError {
  override readonly name = 'WebhookChanged';
  readonly code = 'precondition-failed';

  constructor(id: string) {
    super(`The webhook ${id} was changed since you read it; read it again and repeat the change.`);
  }
}

/** An address that the gateway must not call. */
export class ReceiverDenied extends KnownError {
  override readonly name = 'ReceiverDenied';
  readonly code = 'egress-denied';
  override readonly faults: readonly Fault[];

  constructor(why: string) {
    super(`The gateway must not call this address: ${why}`);
    this.faults = [valueFault('/url', 'egress-denied', why)];
  }
}

export type WebhookError = WebhookNotFound | WebhookChanged | ReceiverDenied;
