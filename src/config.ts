/** Everything that the environment decides, parsed once; contract §2. */
export interface Config {
  readonly host: string;
  readonly port: number;
  /** Without a trailing slash; `null`: the listen address. */
  readonly publicUrl: string | null;
  readonly trustedProxies: readonly string[];
  /** `null`: the embedded Postgres under `dataDir`. */
  readonly databaseUrl: string | null;
  /** For what needs a session of its own behind a transaction pooler. */
  readonly databaseDirectUrl: string | null;
  readonly dataDir: string;
  readonly sandbox: boolean;
  readonly auth: boolean;
  readonly bootstrapApiKey: string | null;
  /** First encrypts, all decrypt. Empty: generated under `dataDir`. */
  readonly credentialsKeys: readonly { readonly id: string; readonly key: Buffer }[];
  readonly egressAllow: readonly string[];
  readonly egressHttp: boolean;
  readonly leaseSeconds: number;
  readonly statusPollSeconds: number;
  readonly defaultWaitSeconds: number;
  readonly idempotencyDays: number;
  readonly logLevel: string;
}
export const Config = Symbol('Config');
