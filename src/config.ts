import { egressFault } from './lib/egress-rules.js';
import { isLoopbackHost } from './lib/loopback.js';
import { readSettings, type Settings } from './config-settings.js';

/** Everything that the environment decides, parsed once; contract §2. */
export interface Config {
  readonly host: string;
  /** 0: any free one. */
  readonly port: number;
  /** Without a trailing slash; `null`: the listen address. */
  readonly publicUrl: string | null;
  /** CIDRs whose `X-Forwarded-For` counts. */
  readonly trustedProxies: readonly string[];
  /** `null`: the embedded Postgres under `dataDir`. */
  readonly databaseUrl: string | null;
  /** For what needs a session of its own; another one than `databaseUrl`: that leads to a transaction pooler. */
  readonly databaseDirectUrl: string | null;
  /** For lists and histories, from a read replica; `null`: from `databaseUrl`. */
  readonly databaseReadUrl: string | null;
  /** What a changed timeline of the database does, and nothing else about it. */
  readonly databaseFailover: 'hold' | 'trust';
  readonly dataDir: string;
  readonly sandbox: boolean;
  readonly auth: boolean;
  readonly bootstrapApiKey: string | null;
  /** Whose access tokens are accepted beside API keys; `null`: nobody's. */
  readonly jwt: { readonly issuer: string; readonly audience: string; readonly jwksUrl: string } | null;
  /** First encrypts, all decrypt. Empty: generated under `dataDir`. */
  readonly credentialsKeys: readonly { readonly id: string; readonly key: Buffer }[];
  readonly egressAllow: readonly string[];
  readonly egressHttp: boolean;
  readonly leaseSeconds: number;
  /** Seconds after an unknown outcome at which the platform is asked, none before the one ahead of it; at least one. */
  readonly reconcileDelays: readonly number[];
  /** How long one indeterminate start holds its lane at most; 0: not at all. */
  readonly laneBlockSeconds: number;
  readonly statusPollSeconds: number;
  readonly defaultWaitSeconds: number;
  readonly idempotencyDays: number;
  /** History older than this goes. */
  readonly retentionDays: number;
  /** Seconds before each try of a delivery; at least one. */
  readonly webhookSchedule: readonly number[];
  readonly logLevel: string;
}
export const Config = Symbol('Config');

/** The environment cannot be worked with; `lines` holds one readable sentence per fault. */
export class ConfigFaults extends Error {
  override readonly name = 'ConfigFaults';

  constructor(readonly lines: readonly string[]) {
    super(lines.join('\n'));
  }
}

/**
 * The settings of this process, defaults filled in.
 *
 * @throws ConfigFaults with every fault of the environment, not only the first
 */
export function loadConfig(env: NodeJS.ProcessEnv = process.env): Config {
  const { settings, faults } = readSettings(env);
  const lines = [
    ...[...faults].map(([name, what]) => `${name} must be ${what}.`),
    // A setting that could not be read has its default here, so what it clashes with cannot be said.
    ...clashes(settings).flatMap(({ of, line }) => (of.some((name) => faults.has(name)) ? [] : [line])),
  ];
  if (lines.length > 0) throw new ConfigFaults(lines);
  return Object.freeze(configOf(settings));
}

function configOf(settings: Settings): Config {
  const embedded = settings.DATABASE_URL === undefined;
  return {
    host: settings.HOST,
    port: settings.PORT,
    publicUrl: settings.PUBLIC_URL?.replace(/\/+$/, '') ?? null,
    trustedProxies: settings.TRUSTED_PROXIES,
    databaseUrl: settings.DATABASE_URL ?? null,
    databaseDirectUrl: settings.DATABASE_DIRECT_URL ?? settings.DATABASE_URL ?? null,
    databaseReadUrl: settings.DATABASE_READ_URL ?? null,
    databaseFailover: settings.DATABASE_FAILOVER,
    dataDir: settings.DATA_DIR,
    sandbox: settings.SANDBOX ?? embedded,
    auth: settings.AUTH ?? !(embedded && isLoopbackHost(settings.HOST)),
    bootstrapApiKey: settings.BOOTSTRAP_API_KEY ?? null,
    jwt: jwtOf(settings),
    credentialsKeys: settings.CREDENTIALS_KEYS,
    egressAllow: settings.EGRESS_ALLOW,
    egressHttp: settings.EGRESS_HTTP,
    leaseSeconds: settings.LEASE_SECONDS,
    reconcileDelays: settings.RECONCILE_DELAYS,
    laneBlockSeconds: settings.LANE_BLOCK_SECONDS,
    statusPollSeconds: settings.STATUS_POLL_SECONDS,
    defaultWaitSeconds: settings.DEFAULT_WAIT_SECONDS,
    idempotencyDays: settings.IDEMPOTENCY_DAYS,
    retentionDays: settings.RETENTION_DAYS,
    webhookSchedule: settings.WEBHOOK_SCHEDULE,
    logLevel: settings.LOG_LEVEL,
  };
}

function jwtOf({ JWT_ISSUER, JWT_AUDIENCE, JWT_JWKS_URL }: Settings): Config['jwt'] {
  if (JWT_ISSUER === undefined || JWT_AUDIENCE === undefined || JWT_JWKS_URL === undefined) return null;
  return { issuer: JWT_ISSUER, audience: JWT_AUDIENCE, jwksUrl: JWT_JWKS_URL };
}

interface Clash {
  readonly of: readonly (keyof Settings)[];
  readonly line: string;
}

/** What is wrong between settings that are fine one by one. */
function clashes(settings: Settings): Clash[] {
  const found: Clash[] = [];
  if (settings.AUTH === false && !isLoopbackHost(settings.HOST)) {
    found.push({
      of: ['AUTH', 'HOST'],
      line: `AUTH=off would let everybody who reaches ${settings.HOST} do everything; remove it, or set HOST=127.0.0.1.`,
    });
  }
  if (settings.DATABASE_URL !== undefined && settings.CREDENTIALS_KEYS.length === 0) {
    found.push({
      of: ['DATABASE_URL', 'CREDENTIALS_KEYS'],
      line:
        'CREDENTIALS_KEYS is required with DATABASE_URL: id:base64(32 bytes), e.g. k1:$(openssl rand -base64 32); ' +
        'keep it apart from the database and never lose it.',
    });
  }
  for (const name of ['DATABASE_DIRECT_URL', 'DATABASE_READ_URL'] as const) {
    if (settings.DATABASE_URL !== undefined || settings[name] === undefined) continue;
    found.push({ of: ['DATABASE_URL', name], line: `${name} means nothing without DATABASE_URL.` });
  }
  return [...found, ...clashesOfJwt(settings)];
}

const jwtSettings = ['JWT_ISSUER', 'JWT_AUDIENCE', 'JWT_JWKS_URL'] as const;

function clashesOfJwt(settings: Settings): Clash[] {
  const missing = jwtSettings.filter((name) => settings[name] === undefined);
  if (missing.length === jwtSettings.length) return [];
  if (missing.length > 0) {
    const line = `${jwtSettings.join(', ')} belong together; ${missing.join(' and ')} is missing.`;
    return [{ of: [...jwtSettings], line }];
  }
  const rules = { allow: settings.EGRESS_ALLOW, http: settings.EGRESS_HTTP, ownPorts: [] };
  const fault = egressFault(settings.JWT_JWKS_URL ?? '', rules);
  return fault === null ? [] : [{ of: ['JWT_JWKS_URL', 'EGRESS_HTTP'], line: `JWT_JWKS_URL: ${fault}` }];
}
