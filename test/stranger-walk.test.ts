import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { openApiAnswers, type OpenApiAnswers } from './openapi-answers.js';
import { blotted, call, leaksIn, type Answered } from './stranger/answers.js';
import { calls, type RouteCall, type Things } from './stranger/calls.js';
import {
  everyScope,
  keptBy,
  never,
  openNeighbourhood,
  type Neighbourhood,
  type Stranger,
} from './stranger/neighbourhood.js';

type Key = Readonly<Record<string, string>>;

/** A route of the served document, e.g. `GET /v1/processes/{id}`. */
interface Route {
  readonly name: string;
  /** Each of them is enough; none: it needs no key. */
  readonly scopes: readonly string[];
  readonly takesCursor: boolean;
}

interface Operation {
  readonly security?: readonly Readonly<Record<string, readonly string[]>>[];
  readonly parameters?: readonly { readonly in: string; readonly name: string }[];
}

const methods = ['get', 'put', 'post', 'delete', 'patch'];
const noKey: Key = {};
const strangers: readonly Stranger[] = ['connections', 'own', 'definitions', 'token'];
/** Some take every route several times. */
const timeLimitMs = 120_000;

let house: Neighbourhood;
let contract: OpenApiAnswers;
let routes: readonly Route[];

beforeAll(async () => {
  house = await openNeighbourhood();
  contract = await openApiAnswers(house.desk.gateway.url);
  routes = await servedRoutes();
}, timeLimitMs);

afterAll(() => house?.close());

/** Reading routes first: what is tried afterwards stands in the audit. */
async function servedRoutes(): Promise<readonly Route[]> {
  const document = (await (await fetch(`${house.desk.gateway.url}/openapi.json`)).json()) as {
    readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  };
  const found = Object.entries(document.paths).flatMap(([path, item]) =>
    Object.entries(item).flatMap(([method, operation]): Route[] => {
      if (!methods.includes(method)) return [];
      const { security = [], parameters = [] } = operation;
      const scopes = [...new Set(security.flatMap((one) => one['apiKey'] ?? []))];
      const takesCursor = parameters.some((one) => one.in === 'query' && one.name === 'cursor');
      return [{ name: `${method.toUpperCase()} ${path}`, scopes, takesCursor }];
    }),
  );
  return found.toSorted((one, other) => Number(isCommand(one)) - Number(isCommand(other)));
}

function isCommand({ name }: Route): boolean {
  return !name.startsWith('GET ');
}

function callOf({ name }: Route): RouteCall {
  const known = calls[name];
  if (!known)
    throw new Error(`Nobody has said yet what a stranger gets from ${name}: write it down in test/stranger/calls.ts`);
  return known;
}

function ask(route: Route, key: Key, things: Things, how: RouteCall = callOf(route)): Promise<Answered> {
  return call({ url: house.desk.gateway.url, contract }, route.name, how, { things, key });
}

/** Names of nothing as this stranger may write them: connections that are shared are not secret. */
function nothingFor(stranger: Stranger): Things {
  if (keptBy(stranger) === 'connections') return never;
  const { connection, application } = house.things;
  return { ...never, connection, application, task: `${connection}:987654` };
}

/** What is wrong with what a stranger got; empty where nothing is. */
async function faultsOf(route: Route, stranger: Stranger): Promise<readonly string[]> {
  const kept = keptBy(stranger);
  const gets = callOf(route).gets[kept];
  if (gets === 'theirs') return [];
  const secrets = [...house.secrets, ...(kept === 'connections' ? ['sandbox-bitrix24', 'sandbox-creatio'] : [])];
  const key = house.strangers[stranger];
  const answer = await ask(route, key, house.things);
  const faults = leaksIn(answer, secrets).map((secret) => `tells ${secret}`);
  const status = { hidden: 404, nothing: 200, admin: 403, alike: null, same: null }[gets];
  if (status !== null && answer.status !== status) faults.push(`is ${answer.status}: ${answer.text}`);
  if (gets === 'alike' && answer.status < 400) faults.push(`is ${answer.status}`);
  if (gets === 'hidden' || gets === 'alike' || gets === 'same') {
    const nothing = nothingFor(stranger);
    const [told, ofNothing] = [blotted(answer, house.things), blotted(await ask(route, key, nothing), nothing)];
    if (told !== ofNothing) faults.push(`differs from that of nothing: ${told} and ${ofNothing}`);
  }
  return faults.map((fault) => `${route.name} ${fault}`);
}

describe('the victim', () => {
  it(
    'has everything that the strangers look for, under the very names that they use',
    async () => {
      const reads = routes.filter(
        (route) => !isCommand(route) && everyScope.some((scope) => route.scopes.includes(scope)),
      );
      const missed: string[] = [];
      for (const route of reads) {
        const answer = await ask(route, house.victim, house.things);
        if (answer.status !== 200) missed.push(`${route.name} is ${answer.status}: ${answer.text}`);
      }
      expect(missed).toEqual([]);

      const tells = async (name: string): Promise<number> => {
        const route = reads.find((one) => one.name === name);
        return route ? leaksIn(await ask(route, house.victim, house.things), house.secrets).length : 0;
      };
      for (const list of ['processes', 'tasks', 'incidents', 'connections/{key}/native-runs']) {
        expect(await tells(`GET /v1/${list}`)).toBeGreaterThan(0);
      }
    },
    timeLimitMs,
  );
});

describe('somebody without a key', () => {
  it(
    'is told to bring one wherever one is needed, and nothing else',
    async () => {
      const faults: string[] = [];
      for (const route of routes.filter(({ scopes }) => scopes.length > 0)) {
        const answer = await ask(route, noKey, house.things);
        if (answer.status !== 401) faults.push(`${route.name} is ${answer.status}`);
        if (answer.headers.get('www-authenticate') === null) faults.push(`${route.name} does not say how`);
        faults.push(...leaksIn(answer, house.secrets).map((secret) => `${route.name} tells ${secret}`));
        if (blotted(answer, house.things) !== blotted(await ask(route, noKey, never), never)) {
          faults.push(`${route.name} differs from that of nothing`);
        }
      }
      expect(faults).toEqual([]);
    },
    timeLimitMs,
  );

  it('learns nothing from what needs no key', async () => {
    const faults: string[] = [];
    for (const route of routes.filter(({ scopes }) => scopes.length === 0)) {
      const { gets } = callOf(route);
      const answer = await ask(route, noKey, house.things);
      if (gets.connections === 'nothing' ? answer.status !== 200 : answer.status < 400) {
        faults.push(`${route.name} is ${answer.status}`);
      }
      faults.push(...leaksIn(answer, house.secrets).map((secret) => `${route.name} tells ${secret}`));
      if (blotted(answer, house.things) !== blotted(await ask(route, noKey, never), never)) {
        faults.push(`${route.name} differs from that of nothing`);
      }
    }
    expect(faults).toEqual([]);
  });
});

describe('a stranger', () => {
  it.each<Stranger>(strangers)(
    'who is kept out by: %s finds nothing of the victim on any route',
    async (stranger) => {
      const faults: string[] = [];
      for (const route of routes) faults.push(...(await faultsOf(route, stranger)));
      expect(faults).toEqual([]);
    },
    timeLimitMs,
  );

  it.each<Stranger>(strangers)('who is kept out by: %s sees what is theirs', async (stranger) => {
    const { body } = await house.desk.get('GET /v1/processes', '/v1/processes', house.strangers[stranger]);
    expect(body['items']).not.toEqual([]);
  });

  it.each<Stranger>(strangers)('who is kept out by: %s finds nothing by a filter', async (stranger) => {
    const { process, nativeId, connection } = house.things;
    const found: string[] = [];
    for (const [list, query] of [
      ['processes', 'createdBy=victims-client'],
      ['processes', `nativeId=${nativeId}`],
      ['processes', 'businessKey=victims-business'],
      ['processes', 'tag=victims-tag'],
      ['processes', 'subjectId=77'],
      ['processes', 'hasIncident=true'],
      ['tasks', `process=${process}`],
      ['incidents', `connection=${connection}&kind=outcome-unknown`],
      ['audit', 'client=victims-client'],
    ]) {
      const path = `/v1/${list}?${query}`;
      const { body } = await house.desk.get(`GET /v1/${list}`, path, house.strangers[stranger]);
      if (!Array.isArray(body['items']) || body['items'].length > 0) found.push(path);
    }
    expect(found).toEqual([]);
  });

  it(
    'cannot go on from a cursor of the victim',
    async () => {
      const faults: string[] = [];
      let used = 0;
      for (const route of routes.filter((one) => one.takesCursor && !one.scopes.includes('admin'))) {
        const how = callOf(route);
        const paged = (cursor: string | null): RouteCall => ({
          ...how,
          path: (things) => {
            const path = how.path(things);
            const more = cursor === null ? '' : `&cursor=${encodeURIComponent(cursor)}`;
            return `${path}${path.includes('?') ? '&' : '?'}limit=1${more}`;
          },
        });
        const { nextCursor } = JSON.parse((await ask(route, house.victim, house.things, paged(null))).text);
        if (typeof nextCursor !== 'string') continue;
        used += 1;
        const own = await ask(route, house.victim, house.things, paged(nextCursor));
        if (own.status !== 200) faults.push(`${route.name} is ${own.status} for the victim`);
        const theirs = await ask(route, house.strangers.own, house.things, paged(nextCursor));
        if (theirs.status < 400) faults.push(`${route.name} is ${theirs.status} for the stranger`);
        faults.push(...leaksIn(theirs, house.secrets).map((secret) => `${route.name} tells ${secret}`));
      }
      expect(faults).toEqual([]);
      expect(used).toBeGreaterThanOrEqual(5);
    },
    timeLimitMs,
  );

  // Before they have one of that key themselves.
  it('is not told which process has the business key that they meet', async () => {
    const { desk, start, strangers, secrets } = house;
    for (const onBusinessKeyConflict of ['reject', 'return_existing']) {
      const headers = { ...strangers.own, 'idempotency-key': `business-${onBusinessKeyConflict}` };
      const body = { ...start, definition: '1', onBusinessKeyConflict };
      const answer = await desk.post('/v1/processes', '/v1/processes', body, headers);
      expect(answer.status).toBe(409);
      const ids = secrets.filter((secret) => secret !== 'victims-');
      expect(ids.filter((id) => JSON.stringify(answer.body).includes(id))).toEqual([]);
    }
  });

  it('gets a run of their own under an idempotency key of the victim, not the answer that stands there', async () => {
    const { desk, start, strangers, things, secrets } = house;
    const before = await desk.startsReceived();
    const headers = { ...strangers.own, 'idempotency-key': things.idempotencyKey };
    const answer = await desk.post('/v1/processes', '/v1/processes', start, headers);

    expect(answer.status).toBe(201);
    expect(answer.headers.get('idempotent-replayed')).toBeNull();
    expect(secrets).not.toContain(answer.body['id']);
    expect(await desk.startsReceived()).toBe(before + 1);
  });
});

describe('a caller with every scope but that of a route', () => {
  it(
    'is told which scope is missing, on every route',
    async () => {
      const keys = new Map<string, Key>();
      const faults: string[] = [];
      for (const route of routes.filter(({ scopes }) => scopes.length > 0)) {
        const rest = everyScope.filter((scope) => !route.scopes.includes(scope));
        const key = keys.get(rest.join()) ?? (await house.with(rest));
        keys.set(rest.join(), key);
        const answer = await ask(route, key, house.things);
        const { status, headers, text } = answer;
        const { code, detail }: Readonly<Record<string, unknown>> = JSON.parse(text);
        if (status !== 403 || code !== 'insufficient-scope') faults.push(`${route.name} is ${status} ${String(code)}`);
        const isNamed = route.scopes.every((scope) => String(detail).includes(scope));
        if (!isNamed) faults.push(`${route.name} says ${String(detail)}`);
        if (!headers.get('www-authenticate')?.includes('insufficient_scope'))
          faults.push(`${route.name} has no challenge`);
        faults.push(...leaksIn(answer, ['victims-']).map((it) => `${route.name} tells ${it}`));
      }
      expect(faults).toEqual([]);
    },
    timeLimitMs,
  );

  it(
    'is let in by each scope that the document names, alone',
    async () => {
      const keys = new Map<string, Key>();
      const faults: string[] = [];
      for (const route of routes) {
        for (const scope of route.scopes) {
          const key = keys.get(scope) ?? (await house.with([scope]));
          keys.set(scope, key);
          // An empty body commands nothing.
          const { body, ...how } = callOf(route);
          const { status } = await ask(route, key, never, body ? { ...how, body: () => ({}) } : how);
          if (status === 401 || status === 403) faults.push(`${route.name} is ${status} with ${scope}`);
        }
      }
      expect(faults).toEqual([]);
    },
    timeLimitMs,
  );

  it('may not order a second send with the scope for other resolutions', async () => {
    const { desk, things } = house;
    const key = await house.with(['incidents:resolve', 'incidents:read']);
    const path = `/v1/incidents/${things.incident}/resolve`;
    const body = { action: 'resend', reason: 'x' };
    const answer = await desk.post('/v1/incidents/{id}/resolve', path, body, { ...key, 'if-match': things.version });
    expect(answer).toMatchObject({ status: 403, body: { code: 'insufficient-scope', detail: /incidents:resend/ } });
  });
});
