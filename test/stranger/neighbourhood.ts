import { scopes } from '../../src/security/caller.js';
import { sandboxKinds } from '../../src/platforms/sandboxes.js';
import type { Sandbox } from '../../src/platforms/sandbox.js';
import { exampleOf } from '../http/example-of.js';
import { IncidentDesk, newKey, type Body } from '../http/incident-desk.js';
import { audience, goodClaims, Issuer, issuerName } from '../security/issuer.js';
import { until } from '../until.js';
import type { Kept, Things } from './calls.js';

type Key = Readonly<Record<string, string>>;

const victims = ['sandbox-bitrix24', 'sandbox-bitrix24-app', 'sandbox-creatio'];
/** All but `admin`, which would be no stranger. */
export const everyScope = scopes.filter((scope) => scope !== 'admin');

/** Who is kept out, and by what; `token` comes with an access token instead of a key, which names other connections. */
export type Stranger = Kept | 'token';

/** What keeps a stranger out. */
export function keptBy(stranger: Stranger): Kept {
  return stranger === 'token' ? 'connections' : stranger;
}

/** Somebody who has things, and strangers who know the names of all of them. */
export interface Neighbourhood {
  readonly desk: IncidentDesk;
  readonly victim: Key;
  readonly things: Things;
  /** What must not be told to anybody else. */
  readonly secrets: readonly string[];
  readonly strangers: Readonly<Record<Stranger, Key>>;
  /** The start that `things.idempotencyKey` was used for. */
  readonly start: Body;
  /** A client with these scopes and no other limit. */
  with(scopes: readonly string[]): Promise<Key>;
  close(): Promise<void>;
}

/** Names of nothing, in the form of real ones. */
export const never: Things = {
  connection: 'never-registered',
  application: 'never-registered-app',
  definition: '999',
  process: '01990000-0000-7000-8000-000000000001',
  nativeId: '00000000000000.00000001',
  waitingProcess: '01990000-0000-7000-8000-000000000002',
  element: '01990000-0000-7000-8000-000000000003',
  task: 'never-registered:987654',
  operation: '01990000-0000-7000-8000-000000000004',
  incident: '01990000-0000-7000-8000-000000000005',
  version: '"1"',
  idempotencyKey: 'never-used',
  client: '01990000-0000-7000-8000-000000000006',
  clientKey: '01990000-0000-7000-8000-000000000007',
  webhook: '01990000-0000-7000-8000-000000000008',
  delivery: '01990000-0000-7000-8000-000000000009',
};

export async function openNeighbourhood(): Promise<Neighbourhood> {
  const issuer = await Issuer.open();
  const desk = await IncidentDesk.open({
    EGRESS_ALLOW: '127.0.0.0/8',
    EGRESS_HTTP: 'on',
    JWT_ISSUER: issuerName,
    JWT_AUDIENCE: audience,
    JWT_JWKS_URL: issuer.jwksUrl,
  });
  const elsewhere = await portalElsewhere(desk);
  const victim = await desk.client({ name: 'victims-client', scopes: everyScope, connections: victims });
  const { things, secrets, start } = await belongings(desk, victim);
  const claims = { ...goodClaims(), scope: everyScope.join(' '), connections: ['stranger-portal'] };
  const stranger = (settings: Body): Promise<Key> =>
    desk.client({ scopes: everyScope, connections: victims, requireIdempotencyKey: false, ...settings });
  const strangers = {
    connections: await stranger({ connections: ['stranger-portal'] }),
    own: await stranger({ sees: 'own' }),
    definitions: await stranger({ definitions: ['3'] }),
    token: { authorization: `Bearer ${await issuer.token(claims)}` },
  };
  // Each has a process of its own, so that no list of theirs is empty because all of them are.
  for (const [who, key] of Object.entries(strangers)) {
    const connection = who === 'connections' || who === 'token' ? 'stranger-portal' : 'sandbox-bitrix24';
    await started(desk, key, {
      ...exampleOf('3'),
      connection,
      definition: '3',
      subject: { type: 'crm.lead', id: '88' },
    });
  }
  return {
    desk,
    victim,
    things,
    secrets,
    strangers,
    start,
    with: (some) => desk.client({ scopes: some, requireIdempotencyKey: false }),
    close: async () => {
      await desk.close();
      await elsewhere.close();
      await issuer.close();
    },
  };
}

/** A portal that is not the victim's, with a connection to it. */
async function portalElsewhere(desk: IncidentDesk): Promise<Sandbox> {
  const [kind] = sandboxKinds;
  if (!kind) throw new Error('There is no simulated portal');
  const sandbox = await kind.start({ host: '127.0.0.1', port: 0, folder: null });
  const fields = sandbox.connections[0]?.fields ?? {};
  const body = { key: 'stranger-portal', platform: kind.platform, name: 'x', baseUrl: sandbox.url, ...fields };
  const { status } = await desk.post('/v1/connections', '/v1/connections', body);
  if (status !== 201) throw new Error(`The portal elsewhere was answered ${status}`);
  return sandbox;
}

async function started(desk: IncidentDesk, key: Key, body: Body, idempotencyKey = newKey()): Promise<Body> {
  const answer = await desk.post('/v1/processes', '/v1/processes', body, { ...key, 'idempotency-key': idempotencyKey });
  if (answer.status >= 300) throw new Error(`A start was answered ${JSON.stringify(answer.body)}`);
  return answer.body;
}

type Belongings = Pick<Neighbourhood, 'things' | 'secrets' | 'start'>;

async function belongings(desk: IncidentDesk, victim: Key): Promise<Belongings> {
  const marks = { tags: ['victims-tag'], metadata: { note: 'victims-note' }, onIndeterminate: 'continue' };
  const at = { connection: 'sandbox-bitrix24', subject: { type: 'crm.lead', id: '77' }, ...marks };
  const idempotencyKey = 'victims-idempotency';
  const start = { ...at, definition: '1', variables: { Parameter1: 'user_1' }, businessKey: 'victims-business' };
  const process = await started(desk, victim, start, idempotencyKey);
  const stopped = await started(desk, victim, { ...at, definition: '1', variables: { Parameter1: 'user_1' } });
  const stop = `/v1/processes/${String(stopped['id'])}/terminate`;
  const { headers } = await desk.post(
    '/v1/processes/{id}/terminate',
    stop,
    {},
    { ...victim, 'idempotency-key': newKey() },
  );
  const waiting = await started(desk, victim, { connection: 'sandbox-creatio', definition: 'UsrApproval', ...marks });
  const lost = await started(desk, victim, { ...at, definition: '7', variables: {} });
  const incident = await desk.incidentOf(String(lost['id']));
  const things = {
    ...never,
    connection: 'sandbox-bitrix24',
    application: 'sandbox-bitrix24-app',
    definition: '1',
    process: String(process['id']),
    nativeId: String(process['nativeId']),
    waitingProcess: String(waiting['id']),
    element: await elementOf(desk, victim, String(waiting['id'])),
    task: await taskOf(desk, victim, String(process['id'])),
    operation: headers.get('operation-id') ?? '',
    incident: incident.id,
    version: incident.etag,
    idempotencyKey,
    ...(await clientOf(desk)),
    ...(await webhookOf(desk, victim)),
  };
  const made = [process, stopped, waiting, lost].flatMap(({ id, nativeId }) => [id, nativeId]);
  const { operation, element, client, clientKey, webhook, delivery } = things;
  const ids = [...made, incident.id, operation, element, client, clientKey, webhook, delivery]
    .filter((id) => id !== null)
    .map(String);
  return { things, secrets: ['victims-', ...new Set(ids)], start };
}

/** A webhook that is told nothing but a test, which the portal does not take. */
async function webhookOf(desk: IncidentDesk, victim: Key): Promise<{ webhook: string; delivery: string }> {
  const { body: portal } = await desk.get('GET /v1/connections/{key}', '/v1/connections/sandbox-bitrix24');
  const terms = { url: `${String(portal['baseUrl'])}/victims-hook`, types: ['webhook.disabled'] };
  const { body: made } = await desk.post('/v1/webhooks', '/v1/webhooks', terms, victim);
  const webhook = String(made['id']);
  const path = `/v1/webhooks/${webhook}/test`;
  const { body: tested } = await desk.post('/v1/webhooks/{id}/test', path, {}, victim);
  return { webhook, delivery: String(tested['id']) };
}

async function elementOf(desk: IncidentDesk, victim: Key, process: string): Promise<string> {
  return until(async () => {
    const { body } = await desk.get('GET /v1/processes/{id}/elements', `/v1/processes/${process}/elements`, victim);
    return idOfFirst(body);
  }, 'the element of the victim');
}

async function taskOf(desk: IncidentDesk, victim: Key, process: string): Promise<string> {
  return until(async () => {
    const { body } = await desk.get('GET /v1/tasks', `/v1/tasks?process=${process}`, victim);
    return idOfFirst(body);
  }, 'the task of the victim');
}

async function clientOf(desk: IncidentDesk): Promise<{ client: string; clientKey: string }> {
  const { body } = await desk.get('GET /v1/clients', '/v1/clients?limit=200');
  const items: unknown[] = Array.isArray(body['items']) ? body['items'] : [];
  const text = items.map((item) => JSON.stringify(item)).find((item) => item.includes('victims-client')) ?? '{}';
  const { id }: Body = JSON.parse(text);
  const shown = await desk.get('GET /v1/clients/{id}', `/v1/clients/${String(id)}`);
  return { client: String(id), clientKey: idOfFirst({ items: shown.body['keys'] }) ?? '' };
}

function idOfFirst({ items }: Body): string | null {
  const first: unknown = Array.isArray(items) ? items[0] : null;
  return typeof first === 'object' && first !== null && 'id' in first ? String(first.id) : null;
}
