import { createServer, type Server } from 'node:net';
import { listeningPort } from '../src/lib/listening-port.js';
import type { Sandbox } from '../src/platforms/sandbox.js';
import type { TestGateway } from './gateway.js';
import { Caller, highestLevel, limit, replica, requestsTo, simulatedPortal } from './limited-portal.js';
import { until } from './until.js';

let gateway: TestGateway;
let caller: Caller;

beforeAll(async () => {
  gateway = await replica();
  caller = new Caller(gateway.url);
});
afterAll(() => gateway?.close());

async function withPortal(use: (portal: Sandbox) => Promise<void>): Promise<void> {
  const portal = await simulatedPortal();
  try {
    await use(portal);
  } finally {
    await portal.close();
  }
}

describe('a portal with a rate', () => {
  it('gets what it takes and no more, whichever of two replicas and of two connections sends', async () => {
    const [rate, burst, starts] = [5, 20, 60];
    const second = await replica(gateway);
    try {
      await withPortal(async (portal) => {
        for (const key of ['east', 'west']) {
          await caller.register(key, portal.url, { requestsPerSecond: rate, burst, batch: 'off' });
        }
        await limit(portal, { burst, perSecond: rate });
        const callers = [caller, new Caller(second.url)];
        for (let lead = 1; lead <= starts; lead += 1) {
          const answer = await callers[lead % 2]?.start(lead % 4 < 2 ? 'east' : 'west', { lead });
          expect(answer?.status).toBe(202);
        }
        const sent = async (): Promise<boolean> =>
          (await requestsTo(portal)).filter(({ operation }) => operation === 'start').length === starts;
        await until(sent, 'all starts to be sent', 30_000);

        const requests = await requestsTo(portal);
        expect(requests.filter(({ status }) => status !== 200)).toEqual([]);
        expect(highestLevel(requests, rate)).toBeLessThanOrEqual(burst);
        // From the moment when the bucket is full the portal is used at its rate, but for what a slow machine loses.
        const [full, last] = [requests[burst], requests.at(-1)];
        const seconds = ((last?.atMs ?? 0) - (full?.atMs ?? 0)) / 1000;
        expect((requests.length - 1 - burst) / seconds).toBeGreaterThan(rate * 0.75);
      });
    } finally {
      await second.close();
    }
  });

  it('gets a stop before the starts that wait', async () => {
    await withPortal(async (portal) => {
      await caller.register('busy', portal.url, { requestsPerSecond: 1, burst: 12, batch: 'off' });
      const first = await caller.started('busy', 100);
      await until(async () => (await caller.process(first.id)).state === 'running', 'the first run');
      for (let lead = 1; lead <= 20; lead += 1) await caller.start('busy', { lead });
      const waiting = await until(() => caller.count('busy', 'queued'), 'starts that wait');
      expect(waiting).toBeGreaterThan(8);
      expect((await caller.command(`/processes/${first.id}/terminate`)).status).toBe(202);
      await until(async () => (await caller.process(first.id)).state === 'terminated', 'the stop', 5000);

      expect(await caller.count('busy', 'queued')).toBeGreaterThan(waiting - 5);
      const operations = (await requestsTo(portal)).map(({ operation }) => operation);
      expect(operations.filter((operation) => operation === 'start').length).toBeLessThan(21 - 5);
      expect(highestLevel(await requestsTo(portal), 1)).toBeLessThanOrEqual(12);
    });
  });
});

describe('a portal that refuses', () => {
  it('one method for its work gets no more of that until it may work anew, and everything else', async () => {
    await withPortal(async (portal) => {
      await caller.register('worked', portal.url, { requestsPerSecond: null });
      const first = await caller.started('worked', 100);
      await until(async () => (await caller.process(first.id)).state === 'running', 'the first run');
      await limit(portal, {
        method: 'bizproc.workflow.start',
        operatingSeconds: 480,
        resetsInSeconds: 5,
        tellsReset: true,
      });
      const refused = await caller.started('worked', 1);
      const held = async (): Promise<boolean> => (await caller.process(refused.id)).waitingFor?.reason === 'budget';
      await until(held, 'the refusal');
      for (let lead = 2; lead <= 10; lead += 1) {
        expect(await caller.started('worked', lead)).toMatchObject({ waitingFor: { reason: 'budget' } });
      }
      expect((await caller.command(`/processes/${first.id}/terminate`)).status).toBe(202);
      await until(async () => (await caller.process(first.id)).state === 'terminated', 'the stop', 4000);
      await until(async () => (await caller.count('worked', 'running')) === 10, 'the starts', 20_000);

      const refusals = (await requestsTo(portal)).filter(({ status }) => status === 429);
      expect(refusals).toMatchObject([{ operation: 'start' }]);
    });
  });

  it('everything for its limit is left alone as long as it takes', async () => {
    await withPortal(async (portal) => {
      const oneAtATime = { maxInFlight: 2, batch: 'off' };
      await caller.register('shared', portal.url, { requestsPerSecond: 2, burst: 40, ...oneAtATime });
      expect((await caller.start('shared', { lead: 100, prefer: 'wait=10' })).status).toBe(201);
      // Somebody else uses the portal too.
      await limit(portal, { burst: 3, perSecond: 2 });
      for (let lead = 1; lead <= 9; lead += 1) await caller.start('shared', { lead });
      await until(async () => (await caller.count('shared', 'running')) === 10, 'all starts', 60_000);

      const requests = await requestsTo(portal);
      expect(requests.filter(({ status }) => status === 503).length).toBeLessThanOrEqual(2);
    });
  });
});

describe('a portal that does not answer', () => {
  it('delays no other', async () => {
    const sockets = new Set<{ destroy(): void }>();
    const silent: Server = createServer((socket) => sockets.add(socket));
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
    try {
      await withPortal(async (portal) => {
        const baseUrl = `http://127.0.0.1:${listeningPort(silent)}`;
        await caller.register('silent', baseUrl, { requestsPerSecond: null, startTimeoutSeconds: 30 });
        await caller.register('lively', portal.url, { requestsPerSecond: null });
        await Promise.all(Array.from({ length: 40 }, (_, lead) => caller.start('silent', { lead: lead + 1 })));
        const begun = performance.now();
        for (let lead = 1; lead <= 5; lead += 1) {
          expect((await caller.start('lively', { lead, prefer: 'wait=10' })).status).toBe(201);
        }
        await caller.command('/connections/lively/pause');
        for (let lead = 6; lead <= 10; lead += 1) await caller.start('lively', { lead });
        expect(await caller.count('lively', 'queued')).toBe(5);
        await caller.command('/connections/lively/resume');
        await until(async () => (await caller.count('lively', 'running')) === 10, 'those that were queued');

        expect(performance.now() - begun).toBeLessThan(5000);
      });
    } finally {
      for (const socket of sockets) socket.destroy();
      silent.close();
    }
  });

  it('is left alone until it answers again, and nothing is lost', async () => {
    const gone = await simulatedPortal();
    const { port, url } = gone;
    await caller.register('gone', url, { requestsPerSecond: null });
    expect((await caller.start('gone', { lead: 999, prefer: 'wait=10' })).status).toBe(201);
    await gone.close();
    for (let lead = 1; lead <= 8; lead += 1) expect((await caller.start('gone', { lead })).status).toBe(202);
    await until(async () => (await caller.health('gone')).breaker !== 'closed', 'the breaker to open');
    const held = await caller.started('gone', 9);
    expect(held).toMatchObject({ state: 'queued', waitingFor: { reason: 'retry', until: expect.any(String) } });

    const back = await simulatedPortal(port);
    try {
      await until(async () => (await caller.process(held.id)).state === 'running', 'the start that waited', 20_000);
      await until(async () => (await caller.count('gone', 'running')) === 10, 'the others', 20_000);
      expect((await caller.health('gone')).breaker).toBe('closed');
      const [first] = await requestsTo(back);
      expect(first?.operation).not.toBe('start');
    } finally {
      await back.close();
    }
  });
});

describe('a queue', () => {
  it('takes as many starts as it may hold, and more when there is room again', async () => {
    await withPortal(async (portal) => {
      await caller.register('narrow', portal.url, { requestsPerSecond: null, queueDepth: 3 });
      expect((await caller.command('/connections/narrow/pause')).status).toBe(200);
      for (let lead = 1; lead <= 3; lead += 1) {
        const answer = await caller.start('narrow', { lead });
        expect(answer.status).toBe(202);
        expect(await answer.json()).toMatchObject({ waitingFor: { reason: 'paused' } });
      }
      const refused = await caller.start('narrow', { lead: 4, key: 'the-fourth' });
      expect(refused.status).toBe(429);
      expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
      expect(await refused.json()).toMatchObject({ code: 'queue-full', outcome: 'not_executed', retryable: true });

      await caller.command('/connections/narrow/resume');
      await until(async () => (await caller.count('narrow', 'running')) === 3, 'those that waited');
      const again = await caller.start('narrow', { lead: 4, key: 'the-fourth', prefer: 'wait=10' });
      expect(again.status).toBe(201);
      expect(again.headers.get('idempotent-replayed')).toBeNull();
    });
  });

  it('is counted right after starts were withdrawn from it', async () => {
    await withPortal(async (portal) => {
      await caller.register('withdrawn', portal.url, { requestsPerSecond: null, queueDepth: 1 });
      await caller.command('/connections/withdrawn/pause');
      const waiting = await caller.started('withdrawn');
      expect((await caller.start('withdrawn', { lead: 2 })).status).toBe(429);
      expect((await caller.command(`/processes/${waiting.id}/terminate`)).status).toBe(200);

      const taken = async (): Promise<boolean> => (await caller.start('withdrawn', { lead: 2 })).status === 202;
      await until(taken, 'room in the queue', 15_000);
    });
  });
});
