import { secretValues } from '../lib/secret-values.js';
import type { SealedPlace, SecretBox } from '../lib/secret-box.js';

/** Seals the credentials of elements and opens them again. */
export class ElementSecrets {
  constructor(private readonly box: SecretBox) {}

  seal(portal: string, nativeId: string, secret: string): Buffer {
    secretValues.add(secret);
    return this.box.seal(secret, placeOf(portal, nativeId));
  }

  /** @throws SealBroken  its key is gone, or the row was tampered with */
  open(portal: string, nativeId: string, sealed: Buffer): string {
    const secret = this.box.open(sealed, placeOf(portal, nativeId));
    secretValues.add(secret);
    return secret;
  }
}

function placeOf(portal: string, nativeId: string): SealedPlace {
  return { table: 'told_elements', row: `${portal} ${nativeId}`, column: 'secret_sealed' };
}
