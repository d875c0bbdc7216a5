import { createServer } from 'node:net';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { listeningPort } from '../../src/lib/listening-port.js';
import { startGateway, startReplica, type TestGateway } from '../gateway.js';
import { until } from '../until.js';
import { answers, isSigned, Receiver } from './receiver.js';
import { env, WebhookDesk } from './webhook-desk.js';

jest.setTimeout(120_000);

let gateway: TestGateway;
let other: Awaited<ReturnType<typeof startReplica>>;
let desk: WebhookDesk;
let receiver: Receiver;
let paths = 0;

beforeAll(async () => {
  receiver = await Receiver.open();
  gateway = await startGateway({ ...env, SANDBOX: 'on' });
  other = await startReplica(gateway, env);
  desk = await WebhookDesk.of(gateway.url);
});
afterAll(async () => {
  await other?.close();
  await gateway?.close();
  await receiver?.close();
});

const newPath = (): string => `/endpoint-${(paths += 1)}`;
const processTypes = ['process.*'];

describe('an endpoint', () => {
  it('is told what happens, signed, in the order of each process, once over two replicas', async () => {
    const path = newPath();
    const { id, secret } = await desk.webhook(receiver.url(path), { types: processTypes });
    const started = await Promise.all(Array.from({ length: 5 }, () => desk.start({ onIndeterminate: 'continue' })));
    await until(() => receiver.at(path).length >= 10, 'ten messages', 30_000);
    await desk.deliveriesWhere(id, (all) => all.length === 10 && all.every(({ state }) => state === 'delivered'));
    const messages = receiver.at(path);

    for (const message of messages) {
      expect(await isSigned(message, secret)).toBe(true);
      expect(message.headers['webhook-id']).toBe(message.event.id);
      expect(message.headers['content-type']).toMatch('application/cloudevents+json');
      expect(Math.abs(Number(message.headers['webhook-timestamp']) - Date.now() / 1000)).toBeLessThan(60);
    }
    expect(messages).toHaveLength(10);
    for (const process of started) {
      const mine = messages.filter(({ event }) => event.subject === process).map(({ event }) => event.sequence);
      expect(mine).toEqual(['0000000001', '0000000002']);
    }
  });

  it('is told of the types and connections that it asked for', async () => {
    const [some, elsewhere] = [newPath(), newPath()];
    await desk.webhook(receiver.url(some), { types: ['bpmgw.v1.process.started', 'task.*'] });
    await desk.webhook(receiver.url(elsewhere), { types: processTypes, connections: ['sandbox-creatio'] });
    const here = await desk.start();
    const there = await desk.start({
      connection: 'sandbox-creatio',
      definition: 'UsrApproval',
      variables: {},
      subject: undefined,
    });
    await until(() => receiver.at(elsewhere).some(({ event }) => event.type.endsWith('started')), 'the other platform');
    await until(() => receiver.at(some).some(({ event }) => event.subject === there), 'both', 30_000);
    const started = receiver.at(some).filter(({ event }) => event.type === 'bpmgw.v1.process.started');

    expect(new Set(started.map(({ event }) => event.subject))).toEqual(new Set([here, there]));
    expect(receiver.at(some).some(({ event }) => event.type === 'bpmgw.v1.process.accepted')).toBe(false);
    expect(new Set(receiver.at(elsewhere).map(({ event }) => event.subject))).toEqual(new Set([there]));
  });

  it('that fails is told again, under the same id, and later news of that process wait', async () => {
    const path = newPath();
    receiver.on(path, (response, message) => {
      const tries = receiver.at(path).filter((one) => one.event.id === message.event.id).length;
      answers(tries === 1 ? 500 : 204)(response, message, response.req);
    });
    const { id } = await desk.webhook(receiver.url(path), { types: processTypes });
    await desk.start();
    const all = await desk.deliveriesWhere(
      id,
      (list) => list.length === 2 && list.every(({ state }) => state === 'delivered'),
    );

    expect(receiver.at(path).map(({ event }) => event.sequence)).toEqual([
      '0000000001',
      '0000000001',
      '0000000002',
      '0000000002',
    ]);
    for (const { tries, nextTryAt } of all) {
      expect(tries.map(({ status }) => status)).toEqual([500, 204]);
      expect(nextTryAt).toBeNull();
    }
  });

  it('that resets, or that redirects, has not taken it, and nobody follows', async () => {
    const [resets, redirects, target] = [newPath(), newPath(), newPath()];
    receiver.on(resets, (response) => response.socket?.resetAndDestroy());
    receiver.on(redirects, answers(307, { location: receiver.url(target) }));
    const [one, two] = [
      await desk.webhook(receiver.url(resets), { types: ['process.accepted'] }),
      await desk.webhook(receiver.url(redirects), { types: ['process.accepted'] }),
    ];
    await desk.start();
    const [reset] = await desk.deliveriesWhere(one.id, ([first]) => (first?.tries.length ?? 0) >= 1);
    const [redirected] = await desk.deliveriesWhere(two.id, ([first]) => (first?.tries.length ?? 0) >= 1);

    expect(reset?.tries[0]).toMatchObject({ status: null, error: expect.stringMatching('ECONNRESET') });
    expect(redirected?.tries[0]).toMatchObject({ status: 307 });
    expect(receiver.at(target)).toEqual([]);
  });

  it('that hangs holds no other back, and is given up after ten seconds', async () => {
    const [hanging, quick] = [[newPath(), newPath(), newPath()], newPath()];
    const slow: string[] = [];
    for (const path of hanging) {
      receiver.on(path, () => {});
      slow.push((await desk.webhook(receiver.url(path), { types: ['process.accepted'] })).id);
    }
    await desk.start();
    await until(() => hanging.every((path) => receiver.at(path).length > 0), 'the slow ones to be asked', 9000);
    const { id } = await desk.webhook(receiver.url(quick), { types: ['process.accepted'] });
    for (let starts = 0; starts < 3; starts += 1) await desk.start();
    await desk.deliveriesWhere(id, (all) => all.length === 3 && all.every(({ state }) => state === 'delivered'));

    const given = await desk.deliveriesWhere(slow[0] ?? '', (all) => all.some(({ tries }) => tries.length > 0));
    const [tried] = given.flatMap(({ tries }) => tries);
    expect(tried).toMatchObject({ status: null, error: 'No answer within the time limit.' });
  });

  it('that asks to be left alone is', async () => {
    const path = newPath();
    receiver.on(path, answers(503, { 'retry-after': '3600' }));
    const { id } = await desk.webhook(receiver.url(path), { types: ['process.accepted'] });
    await desk.start();
    const [delivery] = await desk.deliveriesWhere(id, ([first]) => (first?.tries.length ?? 0) > 0);

    const waits = Date.parse(delivery?.nextTryAt ?? '') - Date.parse(delivery?.tries[0]?.at ?? '');
    expect(waits).toBeGreaterThan(3_500_000);
    expect(receiver.at(path)).toHaveLength(1);
  });

  it('that answers without end is read no further than it must be', async () => {
    const path = newPath();
    let [written, isOver] = [0, false];
    receiver.on(path, (response) => {
      response.writeHead(200);
      response.once('close', () => (isOver = true));
      const more = (): void => {
        if (isOver) return;
        written += 65_536;
        if (response.write(Buffer.alloc(65_536))) setImmediate(more);
        else response.once('drain', more);
      };
      more();
    });
    const { id } = await desk.webhook(receiver.url(path), { types: ['process.accepted'] });
    await desk.start();
    await desk.deliveriesWhere(id, ([first]) => first?.state === 'delivered');
    await until(() => isOver, 'the answer to be cut off', 30_000);

    // What the kernel takes for both before anybody reads it.
    expect(written).toBeLessThan(32_000_000);
  });
});

describe('an endpoint that is gone', () => {
  const incidentsOf = async (webhookId: string): Promise<unknown[]> => {
    const { body } = await desk.ask('GET', '/incidents?kind=webhook-disabled&limit=200');
    const { items }: { items?: unknown[] } = JSON.parse(JSON.stringify(body));
    return (items ?? []).filter((one) => JSON.stringify(one).includes(webhookId));
  };

  it('by its own word is left alone from then on; a person enables it, and nothing was lost', async () => {
    const [path, watching] = [newPath(), newPath()];
    await desk.webhook(receiver.url(watching), { types: ['webhook.disabled'] });
    receiver.on(path, answers(410));
    const { id } = await desk.webhook(receiver.url(path), { types: processTypes });
    const one = await desk.start();
    await until(async () => (await desk.state(id)) === 'disabled', 'the webhook to be disabled', 30_000);
    const two = await desk.start();
    await until(
      () => receiver.at(watching).some(({ event }) => event.data['webhookId'] === id),
      'the news of it',
      30_000,
    );

    expect(receiver.at(path)).toHaveLength(1);
    expect(await incidentsOf(id)).toMatchObject([{ state: 'open', webhookId: id, actions: ['acknowledge'] }]);

    receiver.on(path, answers(204));
    await desk.ask('POST', '/webhooks/{id}/enable', id);
    await until(
      () => receiver.at(path).filter(({ event }) => event.subject === two).length === 2,
      'what came meanwhile',
      30_000,
    );
    const failed = (await desk.deliveries(id)).find(({ state }) => state === 'failed');
    const again = await desk.ask('POST', '/deliveries/{id}/redeliver', failed?.id ?? '');
    await desk.deliveriesWhere(id, (all) => all.every(({ state }) => state === 'delivered'));

    expect(again).toMatchObject({ status: 202, body: { state: 'waiting' } });
    expect(await desk.state(id)).toBe('active');
    expect(await incidentsOf(id)).toMatchObject([
      { state: 'resolved', resolution: { action: 'found', by: 'gateway' } },
    ]);
    const told = receiver.at(path).slice(1);
    expect(told.filter(({ event }) => event.subject === one)).toHaveLength(2);
  });

  it('by the end of its schedule is left alone as well', async () => {
    const path = newPath();
    receiver.on(path, answers(500));
    const { id } = await desk.webhook(receiver.url(path), { types: ['process.accepted'] });
    await desk.start();
    await until(async () => (await desk.state(id)) === 'disabled', 'the webhook to be disabled', 30_000);

    const [delivery] = await desk.deliveries(id);
    expect(delivery).toMatchObject({ state: 'failed', nextTryAt: null });
    expect(delivery?.tries).toHaveLength(3);
    expect(receiver.at(path)).toHaveLength(3);
    expect(await incidentsOf(id)).toHaveLength(1);
  });

  it('because nobody listens there is tried by the schedule', async () => {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const port = listeningPort(server);
    await new Promise((resolve) => server.close(resolve));
    const { id } = await desk.webhook(`http://127.0.0.1:${port}/`, { types: ['process.accepted'] });
    await desk.start();
    const [delivery] = await desk.deliveriesWhere(id, ([first]) => first?.state === 'failed');

    expect(delivery?.tries.map(({ error }) => error)).toEqual(
      Array.from({ length: 3 }, () => expect.stringMatching('ECONNREFUSED')),
    );
  });
});

describe('a person', () => {
  it('has everything told again from a moment on, and one delivery again', async () => {
    const path = newPath();
    const { id } = await desk.webhook(receiver.url(path), { types: ['process.started'] });
    const before = await desk.start();
    await until(() => receiver.at(path).length === 1, 'the first');
    const process = await desk.start();
    await until(() => receiver.at(path).length === 2, 'the second');
    const from = receiver.at(path)[1]?.event.time ?? '';
    await desk.ask('POST', '/webhooks/{id}/replay', id, { body: { from } });
    await until(() => receiver.at(path).length >= 3, 'the second again', 30_000);
    const later = await desk.start();
    await until(() => receiver.at(path).some(({ event }) => event.subject === later), 'the third', 30_000);
    const ids = receiver.at(path).map(({ headers }) => headers['webhook-id']);

    expect(receiver.at(path).map(({ event }) => event.subject)).toEqual([before, process, process, later]);
    expect(ids[2]).toBe(ids[1]);

    const [newest] = await desk.deliveriesWhere(id, (all) => all.every(({ state }) => state === 'delivered'));
    await desk.ask('POST', '/deliveries/{id}/redeliver', newest?.id ?? '');
    await until(() => receiver.at(path).length === 5, 'one of them again');
    expect(receiver.at(path)[4]?.headers['webhook-id']).toBe(newest?.eventId);
  });

  it('tests it, and sees what came of it', async () => {
    const path = newPath();
    const { id, secret } = await desk.webhook(receiver.url(path), { types: ['task.created'] });
    const good = await desk.ask('POST', '/webhooks/{id}/test', id);
    receiver.on(path, answers(500));
    const bad = await desk.ask('POST', '/webhooks/{id}/test', id);
    const [message] = receiver.at(path);

    expect(good).toMatchObject({ status: 200, body: { state: 'delivered', type: 'bpmgw.v1.webhook.test' } });
    expect(bad).toMatchObject({ status: 200, body: { state: 'failed', tries: [{ status: 500 }], nextTryAt: null } });
    expect(message && (await isSigned(message, secret))).toBe(true);
    expect(receiver.at(path)).toHaveLength(2);
  });

  it('gives it another secret, and both sign meanwhile', async () => {
    const path = newPath();
    const { id, secret: old } = await desk.webhook(receiver.url(path));
    const rotated = await desk.ask('POST', '/webhooks/{id}/rotate-secret', id);
    const { secret: young }: { secret?: string } = JSON.parse(JSON.stringify(rotated.body));
    await desk.ask('POST', '/webhooks/{id}/test', id);
    const [message] = receiver.at(path);
    if (!message) throw new Error('Nothing came');

    expect(young).toMatch(/^whsec_/);
    expect(young).not.toBe(old);
    expect([await isSigned(message, old), await isSigned(message, young ?? '')]).toEqual([true, true]);
    expect(message.headers['webhook-signature']?.split(' ')).toHaveLength(2);
  });
});
