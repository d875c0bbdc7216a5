import type { SealedPlace, SecretBox } from '../lib/secret-box.js';

/** Seals the credentials of elements and opens them again. */
export class ElementSecrets {
  constructor(private readonly box: SecretBox) {}

  seal(portal: string, nativeId: string, secret: string): Buffer {
    return this.box.seal(secret, placeOf(portal, nativeId));
  }

  /** @throws SealBroken  its key is gone, or the row was tampered with */
  open(portal: string, nativeId: string, sealed: Buffer): string {
    return this.box.open(sealed, placeOf(portal, nativeId));
  }
}

function placeOf(portal: string, nativeId: string): SealedPlace {
  return { table: 'told_elements', row: `${portal} ${nativeId}`, column: 'secret_sealed' };
}
