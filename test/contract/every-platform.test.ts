import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { capabilitiesOf } from '../../src/platforms/capabilities.js';
import { inputSchemaOf } from '../../src/platforms/definition.js';
import type { PlatformError } from '../../src/platforms/platform.errors.js';
import { platformKinds } from '../../src/platforms/registry.js';
import type { Behaviour } from '../../src/platforms/sandbox.js';
import { sandboxKinds } from '../../src/platforms/sandboxes.js';
import { command, portalOf, read, type SuitePortal } from './portal-of.js';

it('runs for every registered platform', () => {
  expect(sandboxKinds.map(({ platform }) => platform)).toEqual(platformKinds.map(({ platform }) => platform));
});

describe.each(sandboxKinds)('the adapter of $platform', (sandboxKind) => {
  let portal: SuitePortal;

  beforeAll(async () => {
    portal = await portalOf(sandboxKind);
  });

  afterAll(async () => {
    await portal.close();
  });

  /** Starts once, and tells what came of it and what the portal's own log says. */
  async function startOnce(behaviour: Behaviour, limitMs?: number) {
    const order = await portal.order(behaviour);
    if (!order) return null;
    const before = { sent: portal.sent(), runs: (await portal.runs()).length };
    const outcome = await portal.platform.start(order, command(limitMs)).then(
      (started) => ({ started, error: null }),
      (error: PlatformError) => ({ started: null, error }),
    );
    return {
      ...outcome,
      order,
      sent: portal.sent() - before.sent,
      ran: (await portal.runs()).length - before.runs,
    };
  }

  it('says what it can do by what it has', () => {
    const { kind, platform } = portal;
    for (const { operation, supported, delivery } of capabilitiesOf(kind, platform)) {
      expect({ operation, delivery }).toEqual({ operation, delivery: supported ? kind.delivery[operation] : null });
    }
  });

  it('starts a run with one request and names it', async () => {
    const start = await startOnce('waits');

    expect(start).toMatchObject({ sent: 1, ran: 1, started: { state: 'running' } });
    expect((await portal.runs()).at(-1)?.nativeId).toBe(start?.started?.nativeId);
  });

  it.each([
    ['lost-answer-started', 'InDoubt', 1],
    ['reset-before-executing', 'InDoubt', 0],
    ['html-502', 'InDoubt', 0],
    ['truncated-answer', 'InDoubt', 1],
    ['refused', 'Refused', 0],
  ] as const)('tells %s as %s after one request', async (behaviour, name, ran) => {
    const start = await startOnce(behaviour);

    expect({ name: start?.error?.name, sent: start?.sent, ran: start?.ran }).toEqual({ name, sent: 1, ran });
  });

  it('is in doubt when the time is over before the answer', async () => {
    const start = await startOnce('slow', 300);

    expect({ name: start?.error?.name, executed: start?.error?.executed, sent: start?.sent }).toEqual({
      name: 'InDoubt',
      executed: 'unknown',
      sent: 1,
    });
  });

  it('writes nothing where the last question is answered with no', async () => {
    const order = await portal.order('waits');
    const before = await portal.requests();
    const late = portal.platform.start(order ?? never(), { signal: AbortSignal.timeout(5000), mayWrite: () => false });

    await expect(late).rejects.toMatchObject({ name: 'Unreached', executed: 'no' });
    expect(await portal.requests()).toEqual(before);
  });

  it('asks for a new session or to wait, having run nothing, where the portal offers such a day', async () => {
    for (const [behaviour, because] of [
      ['expired-session', 'sign_in'],
      ['limit', 'limit'],
    ] as const) {
      const start = await startOnce(behaviour);
      // By a connection that knows no sessions it simply runs.
      if (!start?.error) continue;
      expect(start).toMatchObject({ sent: 1, ran: 0, error: { name: 'Busy', because, executed: 'no' } });
      if (because === 'sign_in') {
        portal.platform.signedOut?.();
        await portal.platform.signIn?.(read());
      }
      expect((await portal.platform.start(start.order, command())).nativeId).toEqual(expect.any(String));
    }
  });

  it('sees a run, and sees it end', async () => {
    const start = await startOnce('waits');
    const nativeId = start?.started?.nativeId ?? never();
    const run = { nativeId, definition: start?.order.definition ?? never() };
    const unknown = { nativeId: '00000000-0000-4000-8000-000000000000', definition: run.definition };

    const seen = await portal.platform.observe([run, unknown], read());
    expect(seen.get(nativeId)).toMatchObject({ seen: true, state: 'running' });
    expect(seen.get(unknown.nativeId)).toEqual({ seen: false });

    await portal.finish(nativeId, 'completed');
    const after = (await portal.platform.observe([run], read())).get(nativeId);
    // A platform that keeps a log tells how it ended; another only that it is gone.
    expect([{ seen: false }, expect.objectContaining({ seen: true, state: 'completed' })]).toContainEqual(after);
  });

  it('stops a run once, and says so when it is gone', async () => {
    const start = await startOnce('waits');
    const run = { nativeId: start?.started?.nativeId ?? never(), definition: start?.order.definition ?? never() };
    const { platform } = portal;
    if (!platform.terminate) return;

    expect(['terminated', 'terminating']).toContain(await platform.terminate(run, 'test', command()));
    const seen = (await platform.observe([run], read())).get(run.nativeId);
    expect(seen?.seen === false || seen?.state === 'terminated').toBe(true);
  });

  it('lists definitions whose input can be described and checked', async () => {
    const definitions = (await portal.platform.definitions(read())) ?? [];
    expect(definitions.length).toBeGreaterThan(5);

    for (const { definition } of definitions.slice(0, 5)) {
      const one = await portal.platform.definition(definition, read());
      expect(one?.name.length).toBeGreaterThan(0);
      expect(inputSchemaOf(one ?? never())).toMatchObject({ type: 'object' });
      expect(portal.platform.namesDefinition(definition)).toBe(true);
    }
  });

  it('refuses a variable that the definition does not know, with its pointer', async () => {
    const order = (await portal.order('waits')) ?? never();
    const { faults } = portal.platform.prepare({ ...order, variables: { NoSuchThing: 'x' } }, order.spec);

    expect(faults).toContainEqual(
      expect.objectContaining({ pointer: '/variables/NoSuchThing', code: 'unknown-variable' }),
    );
  });

  it('shows the call of a start without a secret in it', async () => {
    const order = (await portal.order('waits')) ?? never();
    const call = JSON.stringify(portal.platform.nativeCall(order));

    expect(call).toContain('[redacted]');
    for (const secret of secretsOf(sandboxKind.platform)) expect(call).not.toContain(secret);
  });
});

function secretsOf(platform: string): readonly string[] {
  return platform === 'bitrix24' ? ['sandboxwebhook01'] : ['Supervisor'];
}

function never(): never {
  throw new Error('The behaviour that this fact is about is missing');
}
