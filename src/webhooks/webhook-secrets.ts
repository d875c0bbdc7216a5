import type { SealedPlace, SecretBox } from '../lib/secret-box.js';
import { secretValues } from '../lib/secret-values.js';
import { newSecret } from './signature.js';

type Column = 'secret_sealed' | 'old_secret_sealed';

/** A secret with how it is kept. */
export interface MadeSecret {
  readonly secret: string;
  readonly sealed: Buffer;
}

/** Makes the secrets of webhooks, seals them and opens them again. */
export class WebhookSecrets {
  constructor(private readonly box: SecretBox) {}

  made(webhookId: string): MadeSecret {
    const secret = newSecret();
    secretValues.add(secret);
    return { secret, sealed: this.box.seal(secret, placeOf(webhookId, 'secret_sealed')) };
  }

  /** @throws SealBroken  its key is gone, or the row was tampered with */
  open(webhookId: string, column: Column, sealed: Buffer): string {
    const secret = this.box.open(sealed, placeOf(webhookId, column));
    // Whoever writes a line has to know it, to leave it out.
    secretValues.add(secret);
    return secret;
  }

  /** The secret as the one before another is kept. @throws SealBroken */
  sealedAsOld(webhookId: string, sealed: Buffer): Buffer {
    return this.box.seal(this.open(webhookId, 'secret_sealed', sealed), placeOf(webhookId, 'old_secret_sealed'));
  }
}

function placeOf(webhookId: string, column: Column): SealedPlace {
  return { table: 'webhooks', row: webhookId, column };
}
