import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { startCreatioSandbox, type CreatioSandbox } from '../src/platforms/creatio/creatio.sandbox.js';
import { startGateway, type TestGateway } from './gateway.js';
import { until } from './until.js';

jest.setTimeout(60_000);

const reach = { EGRESS_HTTP: 'on', EGRESS_ALLOW: '127.0.0.0/8', STATUS_POLL_SECONDS: '1', LOG_LEVEL: 'trace' };
const canary = 'canary-91b7ce';

let instance: CreatioSandbox;
let other: CreatioSandbox;
let gateway: TestGateway;
let lines: string[];

beforeEach(async () => {
  const options = { host: '127.0.0.1', port: 0, folder: null };
  [instance, other] = await Promise.all([startCreatioSandbox(options), startCreatioSandbox(options, 'net')]);
  lines = [];
  gateway = await startGateway(reach, (line) => lines.push(line));
});
afterEach(async () => {
  await gateway.close();
  await Promise.all([instance.close(), other.close()]);
});

async function ask(path: string, method = 'GET', body?: object, more: Record<string, string> = {}): Promise<object> {
  const headers = { 'content-type': 'application/json', ...more };
  const options = body ? { method, headers, body: JSON.stringify(body) } : { method, headers };
  const answer = await fetch(`${gateway.url}/v1/${path}`, options);
  const text = await answer.text();
  expect(text).not.toContain(canary);
  return { status: answer.status, body: text === '' ? null : JSON.parse(text) };
}

async function register(key: string, at: CreatioSandbox, password: string): Promise<void> {
  const auth = { type: 'forms', username: 'Supervisor', password };
  const body = { key, platform: 'creatio', baseUrl: at.url, auth, limits: { maxInFlight: 30 } };
  expect(await ask('connections', 'POST', body)).toMatchObject({ status: 201 });
}

function start(connection: string, unique: string, prefer = 'respond-async'): Promise<object> {
  const body = { connection, definition: 'UsrWaiting', variables: { Document: unique } };
  return ask('processes', 'POST', body, { 'idempotency-key': unique, prefer });
}

async function ofSandbox(path: 'runs' | 'requests'): Promise<readonly { operation?: string; variables?: object }[]> {
  return Object(await (await fetch(`${instance.url}/_sandbox/${path}`)).json());
}

const logins = async (): Promise<number> =>
  (await ofSandbox('requests')).filter(({ operation }) => operation === 'Login').length;

async function stateOf(connection: string): Promise<unknown> {
  return Object(await ask(`connections/${connection}`)).body.state;
}

describe('a wrong password', () => {
  it('costs one sign-in however many starts wait, keeps nobody else, and is mended by the right one', async () => {
    await register('wrong', instance, canary);
    await register('right', other, 'Supervisor-password');
    // Until it is answered all of them wait.
    await fetch(`${instance.url}/_sandbox/delay`, { method: 'POST', body: '{"operation":"sign_in","ms":1500}' });
    const uniques = Array.from({ length: 30 }, (_, index) => `waits-${index}`);

    const accepted = await Promise.all(uniques.map((unique) => start('wrong', unique)));
    await until(async () => (await stateOf('wrong')) === 'reauthorization_required', 'the refusal to be known', 20_000);
    const others = await Promise.all(['a', 'b', 'c'].map((unique) => start('right', unique, 'wait=20')));

    for (const one of accepted) expect(one).toMatchObject({ status: 202 });
    for (const one of others) expect(one).toMatchObject({ status: 201, body: { state: 'running' } });
    expect(await ask('connections/wrong')).toMatchObject({
      body: { stateReason: expect.stringMatching(/refused to sign .* in\. Check user name and password/) },
    });
    expect(await start('wrong', 'late')).toMatchObject({
      status: 409,
      body: { code: 'connection-reauthorization-required', outcome: 'not_executed' },
    });
    expect(await ask('incidents?connection=wrong')).toMatchObject({
      body: { items: [{ kind: 'reauthorization-required', state: 'open' }] },
    });
    expect(await ask('processes?connection=wrong&limit=200')).toMatchObject({
      body: {
        items: uniques.map(() => expect.objectContaining({ state: 'queued', attempts: 0, hasIncident: false })),
      },
    });
    expect(await ofSandbox('runs')).toEqual([]);
    expect(await logins()).toBe(1);

    const auth = { type: 'forms', username: 'Supervisor', password: 'Supervisor-password' };
    expect(await ask('connections/wrong/credentials', 'PUT', auth)).toMatchObject({ status: 204 });
    await until(async () => (await ofSandbox('runs')).length === 30, 'the starts that waited to run', 30_000);
    const ran = (await ofSandbox('runs')).map(({ variables }) => String(Object(variables).Document));
    expect(ran.toSorted()).toEqual(uniques.toSorted());
    expect(await logins()).toBeLessThanOrEqual(1 + 4);
    expect(await stateOf('wrong')).toBe('active');
    expect(lines.join('')).toContain('connection.marked');
    expect(lines.join('')).not.toContain(canary);
  });
});

describe('a password that is changed at the instance while sessions stand', () => {
  it('costs one sign-in however many starts find their session void, and none of them is lost', async () => {
    const order = (password: string): Promise<unknown> =>
      fetch(`${instance.url}/_sandbox/sessions`, { method: 'POST', body: JSON.stringify({ password, runMs: 100 }) });
    await order(canary);
    await register('right', instance, canary);
    await Promise.all(['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'].map((unique) => start('right', unique, 'wait=20')));
    const before = await logins();
    await order('canary-changed');
    instance.endSessions();
    const uniques = Array.from({ length: 30 }, (_, index) => `waits-${index}`);

    const answers = await Promise.all(uniques.map((unique) => start('right', unique)));
    await until(async () => (await stateOf('right')) === 'reauthorization_required', 'the refusal to be known', 20_000);
    const accepted = uniques.filter((_, index) => Object(answers[index]).status === 202);

    expect(accepted.length).toBeGreaterThan(4);
    expect(before).toBeGreaterThan(2);
    expect((await logins()) - before).toBe(1);
    expect(await ofSandbox('runs')).toHaveLength(8);

    const auth = { type: 'forms', username: 'Supervisor', password: 'canary-changed' };
    expect(await ask('connections/right/credentials', 'PUT', auth)).toMatchObject({ status: 204 });
    const ran = async (): Promise<readonly string[]> =>
      (await ofSandbox('runs')).slice(8).map(({ variables }) => String(Object(variables).Document));
    await until(async () => (await ran()).length === accepted.length, 'the starts that waited to run', 30_000);
    expect((await ran()).toSorted()).toEqual(accepted.toSorted());
    expect(lines.join('')).not.toContain(canary);
  });
});

describe('a password that the instance wants to be changed soon', () => {
  it('signs in, and a person is told of it: in the log, once, and by the connection test', async () => {
    const login = { code: 2, type: null };
    await fetch(`${instance.url}/_sandbox/sessions`, { method: 'POST', body: JSON.stringify({ login }) });
    await register('right', instance, 'Supervisor-password');

    expect(await start('right', 'one', 'wait=20')).toMatchObject({ status: 201, body: { state: 'running' } });
    instance.endSessions();
    expect(await start('right', 'two', 'wait=20')).toMatchObject({ status: 201, body: { state: 'running' } });
    expect(await logins()).toBeGreaterThan(1);

    const advice = /recommends a new password for the technical user \(Code 2\)/;
    expect(await ask('connections/right/test', 'POST')).toMatchObject({
      status: 200,
      body: {
        steps: expect.arrayContaining([
          expect.objectContaining({ name: 'sign_in', ok: true, detail: expect.stringMatching(advice) }),
        ]),
      },
    });
    const told = lines.filter((line) => line.includes('portal.strange-answer') && advice.test(line));
    expect(told).toHaveLength(1);
    expect(await stateOf('right')).toBe('active');
  });
});

describe('a gateway that stops', () => {
  it('ends the sessions that it has opened', async () => {
    await register('right', instance, 'Supervisor-password');
    expect(await start('right', 'one', 'wait=20')).toMatchObject({ status: 201 });
    const opened = await logins();

    await gateway.close();

    const ended = (await ofSandbox('requests')).filter(({ operation }) => operation === 'Logout');
    expect(opened).toBeGreaterThan(0);
    expect(ended).toHaveLength(opened);
    gateway = await startGateway(reach);
  });
});
