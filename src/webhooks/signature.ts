import { createHmac, randomBytes } from 'node:crypto';

const prefix = 'whsec_';
const secretBytes = 32;

/** A new secret, e.g. `whsec_` and 32 bytes in base64. */
export function newSecret(random: (bytes: number) => Buffer = randomBytes): string {
  return prefix + random(secretBytes).toString('base64');
}

/** What is signed. */
export interface Signed {
  readonly id: string;
  /** Seconds since 1970. */
  readonly timestamp: number;
  readonly body: string;
}

/**
 * The headers of a message, with a signature for each secret.
 *
 * Source: Standard Webhooks 1.0 (github.com/standard-webhooks/standard-webhooks), "Signature scheme"
 */
export function signedHeaders(message: Signed, secrets: readonly string[]): Readonly<Record<string, string>> {
  return {
    'webhook-id': message.id,
    'webhook-timestamp': String(message.timestamp),
    'webhook-signature': secrets.map((secret) => `v1,${signatureOf(message, secret)}`).join(' '),
  };
}

function signatureOf({ id, timestamp, body }: Signed, secret: string): string {
  const key = Buffer.from(secret.slice(prefix.length), 'base64');
  return createHmac('sha256', key).update(`${id}.${timestamp}.${body}`).digest('base64');
}
