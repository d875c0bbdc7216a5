import { z } from 'zod';
import { faultsOf } from '../../lib/zod-faults.js';
import type { JsonObject } from '../../lib/json.js';
import type { Read } from '../platform-kind.js';

const FormsAuth = z.strictObject({
  type: z.literal('forms'),
  username: z.string().min(1),
  password: z.string().min(1),
});

const OAuthAuth = z.strictObject({
  type: z.literal('oauth'),
  clientId: z.string().min(1),
  clientSecret: z.string().min(1),
  tokenUrl: z.url({
    protocol: /^https?$/,
    error: 'Send the absolute URL of the token endpoint, e.g. https://site-is.creatio.com/connect/token.',
  }),
});

/** How the gateway signs in: as a technical user, or with OAuth 2.0 client credentials. */
export const Auth = z.discriminatedUnion('type', [FormsAuth, OAuthAuth], {
  error: (issue) => (issue.code === 'invalid_union' ? 'Choose "forms" or "oauth".' : undefined),
});
export type FormsAuth = z.infer<typeof FormsAuth>;
export type OAuthAuth = z.infer<typeof OAuthAuth>;

/** The fields that only Creatio connections have, beside `auth`. */
const Settings = z.strictObject({
  runtime: z
    .enum(['auto', 'netframework', 'net'])
    .default('auto')
    .describe('The host of the instance; it decides on the /0 in its URLs.'),
  startWith: z
    .enum(['RunProcess', 'Execute'])
    .default('RunProcess')
    .describe('The call that starts a process; Execute gives no run id.'),
  sessions: z
    .int()
    .min(1)
    .max(20)
    .default(4)
    .describe('How many cookie sessions are held at once, per replica; on .NET one serves all requests.'),
  executionLimitSeconds: z
    .int()
    .min(1)
    .max(86_400)
    .default(1800)
    .describe('How long a request may live in the instance.'),
  executeMethod: z.enum(['GET', 'POST']).default('GET').describe('How Execute is called; its values stay in the URL.'),
  elementCall: z
    .enum(['path', 'query', 'first', 'body'])
    .optional()
    .describe(
      'Where ExecProcElByUId takes the element: last in the path, as ProcessElementUID, or before the name of the call; body: ExecProcessElementByUId (8.1 and newer). BPMSoft: query.',
    ),
  timesAheadMinutes: z
    .int()
    .min(-840)
    .max(840)
    .default(0)
    .describe(
      'By how many minutes the times in the process log are ahead of UTC although they are written as UTC; 0 where the zone of the technical user is UTC.',
    ),
  flavour: z.enum(['creatio', 'bpmsoft']).default('creatio'),
});

/** The settings with every default filled in. */
export const ReadySettings = Settings.transform((given) => ({
  ...given,
  elementCall: given.elementCall ?? (given.flavour === 'bpmsoft' ? ('query' as const) : ('path' as const)),
}));
export type ReadySettings = z.infer<typeof ReadySettings>;

export function readAuth(input: unknown): Read<JsonObject> {
  const read = Auth.safeParse(input, { reportInput: true });
  return read.success ? { value: read.data } : { faults: faultsOf(read.error) };
}

export function readSettings(input: Readonly<Record<string, unknown>>): Read<JsonObject> {
  const read = ReadySettings.safeParse(input, { reportInput: true });
  return read.success ? { value: read.data } : { faults: faultsOf(read.error) };
}

/** `auth` and the settings as JSON Schema 2020-12. */
export function connectionSchema(): JsonObject {
  const schema = z.toJSONSchema(Settings.extend({ auth: Auth }).required({ auth: true }), { io: 'input' });
  return z.record(z.string(), z.json()).parse(JSON.parse(JSON.stringify(schema)));
}
