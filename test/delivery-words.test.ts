import { startGateway, type TestGateway } from './gateway.js';
import { until } from './until.js';

interface Process {
  readonly id: string;
  readonly state: string;
  readonly category: string;
}
interface Capability {
  readonly operation: string;
  readonly supported: boolean;
  readonly delivery: string | null;
}

/** What is started for an operation, and the name that its requests have in the portal's log. */
const starts: Readonly<Record<string, object>> = {
  bitrix24: { definition: '1', subject: { type: 'crm.lead', id: '1' }, variables: { Parameter1: 'user_1' } },
  creatio: { definition: 'UsrApproval' },
};
const requestNames: Readonly<Record<string, Readonly<Record<string, RegExp>>>> = {
  bitrix24: {
    start: /^start$/,
    terminate: /^terminate$/,
    kill: /^kill$/,
    complete_element: /^complete_element$/,
    complete_task: /^complete_task$/,
    delegate_task: /^delegate_task$/,
    call: /^terminate$/,
  },
  creatio: {
    start: /^RunProcess$/,
    terminate: /^CancelExecution$/,
    complete_element: /^(ExecProcEl|CompleteExecuting)/,
    call: /^CancelExecution$/,
  },
};

let gateway: TestGateway;
let published: readonly { readonly platform: string; readonly capabilities: readonly Capability[] }[];
const portals = new Map<string, string>();

beforeAll(async () => {
  gateway = await startGateway({
    SANDBOX: 'on',
    STATUS_POLL_SECONDS: '1',
    RECONCILE_DELAYS: '0,1,2',
    LEASE_SECONDS: '2',
    DEFAULT_WAIT_SECONDS: '2',
  });
  ({ items: published } = await read<{ items: typeof published }>('/v1/platforms'));
  for (const { platform } of published) {
    portals.set(platform, (await read<{ baseUrl: string }>(`/v1/connections/sandbox-${platform}`)).baseUrl);
  }
});
afterAll(async () => gateway?.close());

async function read<T>(path: string): Promise<T> {
  return (await (await fetch(`${gateway.url}${path}`)).json()) as T;
}

async function post<T>(path: string, body: object): Promise<T> {
  const headers = { 'content-type': 'application/json' };
  return (await (
    await fetch(`${gateway.url}${path}`, { method: 'POST', headers, body: JSON.stringify(body) })
  ).json()) as T;
}

const started = (platform: string): Promise<Process> =>
  post('/v1/processes', { connection: `sandbox-${platform}`, ...starts[platform] });

/** Once; the gateway cannot tell the two ways from each other. */
async function loseAnswer(platform: string, operation: string, how: 'lose' | 'lose-before' = 'lose'): Promise<void> {
  const order = JSON.stringify({ operation, do: how, next: 1 });
  const answer = await fetch(`${portals.get(platform) ?? ''}/_sandbox/answers`, { method: 'POST', body: order });
  if (!answer.ok) throw new Error(`${platform} loses no answers to ${operation}: ${await answer.text()}`);
}

/** How many requests of an operation the portal has received so far, by its own log. */
async function received(platform: string, operation: string): Promise<number> {
  const log = (await (await fetch(`${portals.get(platform) ?? ''}/_sandbox/requests`)).json()) as {
    operation: string;
  }[];
  const name = requestNames[platform]?.[operation];
  if (!name) throw new Error(`Say how requests of ${operation} are named at ${platform}`);
  return log.filter((request) => name.test(request.operation)).length;
}

async function runs(platform: string): Promise<number> {
  return ((await (await fetch(`${portals.get(platform) ?? ''}/_sandbox/runs`)).json()) as unknown[]).length;
}

const once = (id: string, what: string, holds: (process: Process) => boolean): Promise<Process> =>
  until(
    async () => {
      const process = await read<Process>(`/v1/processes/${id}`);
      return holds(process) ? process : null;
    },
    `process ${id} to be ${what}`,
    20_000,
  );

/** Each operation with its answer lost; resolves when the gateway has come to its end with it. */
const drivers: Readonly<Record<string, (platform: string) => Promise<unknown>>> = {
  start: async (platform) => {
    await loseAnswer(platform, 'start');
    const { id } = await started(platform);
    return once(id, 'found', ({ state }) => state === 'running');
  },
  terminate: async (platform) => stopped(platform, 'terminate'),
  kill: async (platform) => stopped(platform, 'kill'),
  complete_element: async (platform) => {
    const { id } = await started(platform);
    await reaches[platform]?.(id);
    const waiting = await until(async () => {
      const { items } = await read<{ items: { id: string; state: string }[] }>(`/v1/processes/${id}/elements`);
      return items.find(({ state }) => state === 'waiting');
    }, 'an element to wait');
    await loseAnswer(platform, 'complete_element', 'lose-before');
    const before = await received(platform, 'complete_element');
    await post(`/v1/processes/${id}/elements/${waiting.id}/complete`, {});
    return until(async () => (await received(platform, 'complete_element')) >= before + 2, 'a second request', 20_000);
  },
  complete_task: (platform) => onTask(platform, 'complete_task'),
  delegate_task: (platform) => onTask(platform, 'delegate_task'),
  call: async (platform) => {
    await loseAnswer(platform, 'terminate');
    return post(`/v1/connections/sandbox-${platform}/call`, calls[platform] ?? {});
  },
};

/** Raw calls; what they name is not there, which is no matter. */
const calls: Readonly<Record<string, object>> = {
  bitrix24: { method: 'bizproc.workflow.terminate', params: { ID: '1' } },
  creatio: { method: 'ProcessEngineService.svc/CancelExecution', params: { processDataIds: '1' } },
};

/** Where a run reaches an element only when its portal tells of it. */
const reaches: Readonly<Record<string, (id: string) => Promise<unknown>>> = {
  bitrix24: async (id) => {
    const { nativeId } = await read<{ nativeId: string }>(`/v1/processes/${id}`);
    const handler = `${gateway.url}/v1/inbound/bitrix24/sandbox-bitrix24-app`;
    const body = JSON.stringify({ runId: nativeId, handler });
    return fetch(`${portals.get('bitrix24') ?? ''}/_sandbox/elements`, { method: 'POST', body });
  },
};

/** As the administrator, whose tasks they are. */
async function onTask(platform: string, operation: 'complete_task' | 'delegate_task'): Promise<unknown> {
  const { id } = await started(platform);
  const [task] = (await read<{ items: { id: string }[] }>(`/v1/tasks?process=${id}`)).items;
  await loseAnswer(platform, operation, 'lose-before');
  const before = await received(platform, operation);
  const [verb, body] =
    operation === 'complete_task' ? ['complete', { status: 'yes' }] : ['delegate', { fromUserId: 1, toUserId: 2 }];
  await post(`/v1/tasks/${task?.id ?? ''}/${verb}`, body);
  return until(async () => (await received(platform, operation)) >= before + 2, 'a second request', 20_000);
}

async function stopped(platform: string, verb: 'terminate' | 'kill'): Promise<Process> {
  const { id } = await started(platform);
  await loseAnswer(platform, verb, 'lose-before');
  await post(`/v1/processes/${id}/${verb}`, verb === 'kill' ? { confirm: id } : {});
  return once(id, 'stopped', ({ category }) => category === 'closed');
}

const reads: Readonly<Record<string, (platform: string, id: string) => string>> = {
  observe: (_, id) => `/v1/processes/${id}?refresh=true`,
  elements: (_, id) => `/v1/processes/${id}/elements`,
  tasks: (_, id) => `/v1/tasks?process=${id}`,
  native_runs: (platform) => `/v1/connections/sandbox-${platform}/native-runs`,
  definitions: (platform) => `/v1/connections/sandbox-${platform}/definitions`,
};

/** Reads that go by another name in the portal's log. */
const lostAs: Readonly<Record<string, string>> = { native_runs: 'observe' };

async function capabilitiesWith(delivery: string): Promise<[platform: string, operation: string][]> {
  return published.flatMap(({ platform, capabilities }) =>
    capabilities.flatMap((one): [string, string][] => (one.delivery === delivery ? [[platform, one.operation]] : [])),
  );
}

describe('what is published of an operation whose answer is lost', () => {
  it('is true where it says at_most_once: the portal has received one request', async () => {
    const promised = await capabilitiesWith('at_most_once');
    for (const [platform, operation] of promised) {
      const before = await received(platform, operation);
      await drivers[operation]?.(platform);
      expect([platform, operation, (await received(platform, operation)) - before]).toEqual([platform, operation, 1]);
    }
    expect(promised.length).toBeGreaterThanOrEqual(published.length);
  }, 60_000);

  it('is true where it says repeated_safely: the portal has received it again', async () => {
    const promised = await capabilitiesWith('repeated_safely');
    for (const [platform, operation] of promised) {
      const before = await received(platform, operation);
      await drivers[operation]?.(platform);
      const requests = (await received(platform, operation)) - before;
      expect([platform, operation, requests > 1]).toEqual([platform, operation, true]);
    }
    expect(promised).toContainEqual(['bitrix24', 'terminate']);
  }, 120_000);

  it('is true where it says read: nothing runs that did not run before', async () => {
    for (const [platform, operation] of await capabilitiesWith('read')) {
      const { id } = await started(platform);
      const before = await runs(platform);
      await loseAnswer(platform, lostAs[operation] ?? operation);
      const path = reads[operation]?.(platform, id) ?? `/there/is/no/way/to/${operation}`;
      await fetch(`${gateway.url}${path}`);
      expect([platform, operation, (await fetch(`${gateway.url}${path}`)).status]).toEqual([platform, operation, 200]);
      expect(await runs(platform)).toBe(before);
    }
  }, 60_000);

  it('is said of nothing else', () => {
    const words = published.flatMap(({ capabilities }) => capabilities.map(({ delivery }) => delivery));

    expect(new Set(words)).toEqual(new Set(['at_most_once', 'repeated_safely', 'read', null]));
  });
});
