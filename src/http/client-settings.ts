import type { ClientSettings } from '../security/client.js';
import type { ClientCreate, ClientPatch } from './clients.dto.js';

/** What a new client is to be; what was not said is open, but for the key of idempotency. */
export function createdSettings({ name, scopes, ...body }: ClientCreate): ClientSettings {
  return {
    name,
    scopes,
    connections: body.connections ?? null,
    definitions: body.definitions ?? null,
    addresses: body.addresses ?? null,
    sees: body.sees ?? 'connection',
    requestsPerMinute: body.requestsPerMinute ?? null,
    requireIdempotencyKey: body.requireIdempotencyKey ?? true,
    expiresAt: timeOf(body.expiresAt ?? null),
  };
}

/** What is to change, as in RFC 7396: what was not said stays, `null` opens. */
export function patchedSettings({ expiresAt, ...body }: ClientPatch): Partial<ClientSettings> {
  const given = Object.entries(body).filter(([, value]) => value !== undefined);
  return { ...Object.fromEntries(given), ...(expiresAt === undefined ? {} : { expiresAt: timeOf(expiresAt) }) };
}

function timeOf(text: string | null): Date | null {
  return text === null ? null : new Date(text);
}
