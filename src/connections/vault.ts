import { z } from 'zod';
import type { JsonObject } from '../lib/json.js';
import { secretValues } from '../lib/secret-values.js';
import type { SealedPlace, SecretBox } from '../lib/secret-box.js';
import type { PlatformKind } from '../platforms/platform-kind.js';
import type { SealedAuth } from './connection.store.js';

const Auth = z.record(z.string(), z.json());

/** Seals the credentials of connections and opens them again. Nothing else in the house sees both forms. */
export class Vault {
  constructor(private readonly box: SecretBox) {}

  seal(connectionKey: string, kind: PlatformKind, auth: JsonObject): SealedAuth {
    rememberSecrets(kind, auth);
    return {
      shown: shownOf(kind, auth),
      sealed: this.box.seal(JSON.stringify(auth), placeOf(connectionKey)),
      lifeDays: kind.credentialsLifeDays?.(auth) ?? null,
    };
  }

  /** @throws SealBroken  its key is gone, or the row was tampered with */
  open(connectionKey: string, sealed: Buffer): JsonObject {
    return Auth.parse(JSON.parse(this.box.open(sealed, placeOf(connectionKey))));
  }
}

function placeOf(connectionKey: string): SealedPlace {
  return { table: 'connections', row: connectionKey, column: 'auth_sealed' };
}

/** Whoever writes a line or an error has to know the secrets of a connection, to leave them out. */
export function rememberSecrets(kind: PlatformKind, auth: JsonObject): void {
  for (const [name, value] of Object.entries(auth)) {
    if (typeof value === 'string' && !kind.shownAuth.includes(name)) secretValues.add(value);
  }
}

/** What the platform names as no secret; a field that it forgets to name stays hidden. */
function shownOf(kind: PlatformKind, auth: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(auth).filter(([name]) => kind.shownAuth.includes(name)));
}
