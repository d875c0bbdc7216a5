import { z } from 'zod';
import { isCidr } from './lib/cidr.js';

/** A message of a schema here completes the sentence "NAME must be …". */
const onOff = z.enum(['on', 'off'], { error: '"on" or "off"' }).transform((word) => word === 'on');

const cidrs = z
  .string()
  .default('')
  .transform(listOf)
  .refine((list) => list.every(isCidr), { error: 'a list of addresses or CIDRs, e.g. 10.0.0.0/8,::1' });

const postgresUrl = z.string().refine((text) => URL.canParse(text) && /^postgres(ql)?:$/.test(new URL(text).protocol), {
  error: 'a Postgres URL, e.g. postgres://user:password@host:5432/database',
});

const publicUrl = z.string().refine(isPlainHttpUrl, {
  error: 'an http: or https: URL without query, fragment and password, e.g. https://bpm.example.com',
});

const jwksUrl = z.string().refine((text) => URL.canParse(text), {
  error: 'the URL of the JSON Web Key Set of the issuer, e.g. https://login.example.com/jwks.json',
});

const credentialsKeys = z
  .string()
  .default('')
  .transform((text, issues) => {
    const keys = listOf(text).map(keyOf);
    const ids = new Set(keys.map((key) => key?.id));
    if (keys.every((key) => key !== null) && ids.size === keys.length) return keys;
    issues.addIssue('a list of id:base64(32 bytes) with distinct ids, e.g. k1:$(openssl rand -base64 32)');
    return z.NEVER;
  });

const mostDelays = 20;

const delays = z
  .string()
  .default('5,30,120,600,3600')
  .transform((text) => text.split(',').map((item) => item.trim()))
  .refine(areDelays, {
    error: `a list of 1 to ${mostDelays} whole seconds from 0 to 604800, none smaller than the one before, e.g. 5,30,120`,
  })
  .transform((list) => list.map(Number));

const schedule = z
  .string()
  .default('0,5,300,1800,7200,18000,36000,50400,72000,86400')
  .transform((text) => text.split(',').map((item) => item.trim()))
  .refine(
    (list) => list.length <= mostDelays && list.every((item) => /^\d{1,6}$/.test(item) && Number(item) <= 604_800),
    {
      error: `a list of 1 to ${mostDelays} whole seconds from 0 to 604800, e.g. 0,5,300`,
    },
  )
  .transform((list) => list.map(Number));

const schema = z.object({
  HOST: z
    .string()
    .regex(/^[\w.:%-]+$/, { error: 'an address or a host name' })
    .default('127.0.0.1'),
  PORT: whole(0, 65_535).default(3000),
  PUBLIC_URL: publicUrl.optional(),
  TRUSTED_PROXIES: cidrs,
  DATABASE_URL: postgresUrl.optional(),
  DATABASE_DIRECT_URL: postgresUrl.optional(),
  DATABASE_READ_URL: postgresUrl.optional(),
  DATABASE_FAILOVER: z.enum(['hold', 'trust'], { error: '"hold" or "trust"' }).default('hold'),
  DATA_DIR: z.string().regex(/\S/, { error: 'a directory' }).default('.data'),
  SANDBOX: onOff.optional(),
  AUTH: onOff.optional(),
  BOOTSTRAP_API_KEY: z
    .string()
    .regex(/^[\x21-\x7e]{8,255}$/, { error: '8 to 255 visible ASCII characters' })
    .optional(),
  JWT_ISSUER: z.string().regex(/\S/, { error: 'the claim "iss" of the tokens to accept' }).optional(),
  JWT_AUDIENCE: z.string().regex(/\S/, { error: 'the claim "aud" of the tokens to accept' }).optional(),
  JWT_JWKS_URL: jwksUrl.optional(),
  CREDENTIALS_KEYS: credentialsKeys,
  EGRESS_ALLOW: cidrs,
  EGRESS_HTTP: onOff.default(false),
  LEASE_SECONDS: whole(1, 3600).default(30),
  RECONCILE_DELAYS: delays,
  LANE_BLOCK_SECONDS: whole(0, 86_400).default(300),
  STATUS_POLL_SECONDS: whole(1, 86_400).default(30),
  DEFAULT_WAIT_SECONDS: whole(0, 55).default(10),
  IDEMPOTENCY_DAYS: whole(1, 3650).default(90),
  RETENTION_DAYS: whole(1, 3650).default(365),
  WEBHOOK_SCHEDULE: schedule,
  LOG_LEVEL: z
    .enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'], {
      error: 'one of fatal, error, warn, info, debug, trace, silent',
    })
    .default('info'),
});

/** The environment's words of ours, parsed one by one. */
export type Settings = z.infer<typeof schema>;

/** What could be read, and a sentence for each setting that could not; such a setting has its default then. */
export interface SettingsRead {
  readonly settings: Settings;
  readonly faults: ReadonlyMap<string, string>;
}

/** Reads every setting; an empty one counts as not given. */
export function readSettings(env: NodeJS.ProcessEnv): SettingsRead {
  const given = Object.fromEntries(Object.entries(env).filter(([, value]) => value !== undefined && value !== ''));
  const parsed = schema.safeParse(given);
  if (parsed.success) return { settings: parsed.data, faults: new Map() };
  // The value is not repeated: it may be a secret.
  const faults = new Map(parsed.error.issues.map(({ path, message }) => [String(path[0]), message]));
  const rest = Object.fromEntries(Object.entries(given).filter(([name]) => !faults.has(name)));
  return { settings: schema.parse(rest), faults };
}

function whole(min: number, max: number) {
  const error = `a whole number from ${min} to ${max}`;
  return z
    .string()
    .regex(/^\d{1,9}$/, { error })
    .transform(Number)
    .refine((value) => value >= min && value <= max, { error });
}

// They count from the unknown outcome, not from each other, so the later of two cannot be the shorter.
function areDelays(list: readonly string[]): boolean {
  const seconds = list.map((item) => (/^\d{1,6}$/.test(item) ? Number(item) : Number.NaN));
  return list.length <= mostDelays && seconds.every((value, at) => value <= 604_800 && value >= (seconds[at - 1] ?? 0));
}

function listOf(text: string): string[] {
  return text
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== '');
}

function keyOf(text: string): { id: string; key: Buffer } | null {
  const [, id, base64] = /^([\w-]{1,32}):([A-Za-z0-9+/_-]{43}=?)$/.exec(text) ?? [];
  if (id === undefined || base64 === undefined) return null;
  const key = Buffer.from(base64, 'base64');
  return key.length === 32 ? { id, key } : null;
}

function isPlainHttpUrl(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { protocol, username, password, search, hash } = new URL(text);
  return /^https?:$/.test(protocol) && username + password + search + hash === '';
}
