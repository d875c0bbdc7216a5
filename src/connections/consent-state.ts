import { z } from 'zod';
import type { SealedPlace, SecretBox } from '../lib/secret-box.js';

const Asked = z.strictObject({ id: z.uuid() });

const place: SealedPlace = { table: 'consents', row: 'state', column: 'state' };
const longest = 1024;

/**
 * What stands in the address of a consent and comes back with its answer. It is sealed with the credentials' key, so only a
 * gateway of this house can have made it, and nothing can be read off it.
 */
export class ConsentStates {
  constructor(private readonly box: SecretBox) {}

  /** @param id  of the consent that was asked for */
  seal(id: string): string {
    return this.box.seal(JSON.stringify({ id }), place).toString('base64url');
  }

  /** The id of the consent; `null`: this house did not make it. */
  open(state: string): string | null {
    const sealed = Buffer.from(state.slice(0, longest), 'base64url');
    // Only as it was written: bits that no byte has would be dropped silently.
    if (sealed.toString('base64url') !== state) return null;
    try {
      return Asked.parse(JSON.parse(this.box.open(sealed, place))).id;
    } catch {
      return null;
    }
  }
}
