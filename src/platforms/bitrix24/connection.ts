import { z } from 'zod';
import type { JsonObject } from '../../lib/json.js';
import { faultsOf } from '../../lib/zod-faults.js';
import type { ConnectionLimits, Read } from '../platform-kind.js';
import { asJson } from './json-of.js';

const Webhook = z.strictObject({
  type: z.literal('webhook'),
  userId: z.int().positive().describe('The number after /rest/ in the address of the inbound webhook.'),
  secret: z.string().min(1).max(255).describe('The part after the user id in the address of the inbound webhook.'),
});

const OAuth = z.strictObject({
  type: z.literal('oauth'),
  clientId: z.string().min(1).max(255),
  clientSecret: z.string().min(1).max(255),
  accessToken: z.string().min(1).max(4000).optional(),
  refreshToken: z.string().min(1).max(4000).optional(),
  expiresAt: z.iso.datetime({ offset: true }).optional().describe('When the access token ends.'),
  tokenUrl: z
    .url({ protocol: /^https?$/ })
    .optional()
    .describe(
      'The host of server_endpoint with the path /oauth/token/. Portals of ru, by, kz, kg, uz, am, az and ge use https://oauth.bitrix24.tech/oauth/token/.',
    ),
  memberId: z.string().min(1).max(255).optional().describe('32 hex digits; the one lasting key of a portal.'),
  applicationToken: z.string().min(1).max(255).optional().describe('Proves that a callback comes from this portal.'),
});

const Auth = z.discriminatedUnion('type', [Webhook, OAuth]);

const Settings = z.strictObject({
  runIds: z
    .enum(['match', 'probe', 'off'])
    .default('match')
    .describe(
      'Whether a run id of our choice goes along with a start, and whether a lost start may be probed with it.',
    ),
});

/** The credentials of one portal, in clear. Never log, store or return them. */
export type PortalAuth = z.infer<typeof Auth>;
export type OAuthAuth = z.infer<typeof OAuth>;

/** The fields that only Bitrix24 connections have. */
export type PortalSettings = z.infer<typeof Settings>;

/** For people who register a connection: `auth` and the fields beside it. */
export const connectionSchema = asJson(z.toJSONSchema(z.object({ auth: Auth, ...Settings.shape }), { io: 'input' }));

/** Contract §5. The rate is that of every tariff but Enterprise (b24restdocs limits.md); 65 s outlast the cloud's own 60 s. */
export const defaultLimits: ConnectionLimits = {
  requestsPerSecond: 2,
  burst: 50,
  maxInFlight: 10,
  queueDepth: 100_000,
  batch: 'auto',
  startTimeoutSeconds: 65,
  startWithinSeconds: null,
};

/** What of the credentials is no secret. */
export const shownAuth = ['type', 'userId', 'clientId', 'expiresAt', 'tokenUrl', 'memberId'];

/** Refuses more than the portal's own address: people paste that of a webhook, whose path holds its secret. */
export function baseUrlFault({ pathname }: URL): string | null {
  if (pathname === '/') return null;
  return 'Send only the address of the portal, e.g. https://example.bitrix24.ru; what follows it belongs in auth.';
}

/** The `auth` object of a connection; unknown fields are faults. */
export function readAuth(input: unknown): Read<JsonObject> {
  return readWith(Auth, input);
}

/** The fields beside `auth`, defaults filled in. */
export function readSettings(input: Readonly<Record<string, unknown>>): Read<JsonObject> {
  return readWith(Settings, input);
}

/** A stored connection's auth and settings with their types again. @throws ZodError where the row was changed by hand */
export function openedWith(auth: JsonObject, settings: JsonObject): { auth: PortalAuth; settings: PortalSettings } {
  return { auth: Auth.parse(auth), settings: Settings.parse(settings) };
}

/** Everything in these credentials that must stand in no error, log or answer. */
export function secretsOf(auth: PortalAuth): readonly string[] {
  const secrets =
    auth.type === 'webhook'
      ? [auth.secret]
      : [auth.clientSecret, auth.accessToken, auth.refreshToken, auth.applicationToken];
  return secrets.filter((secret) => secret !== undefined);
}

function readWith(schema: z.ZodType<object>, input: unknown): Read<JsonObject> {
  // Without `reportInput` a missing field and one of the wrong type look alike.
  const read = schema.safeParse(input, { reportInput: true });
  return read.success ? { value: asJson(read.data) } : { faults: faultsOf(read.error) };
}
