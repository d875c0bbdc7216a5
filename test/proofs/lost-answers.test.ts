import { afterAll, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { createServer } from 'node:net';
import type { Sandbox } from '../../src/platforms/sandbox.js';
import { listeningPort } from '../../src/lib/listening-port.js';
import { startGateway, type TestGateway } from '../gateway.js';
import { until } from '../until.js';
import { attempts, look, register, send, type Said } from './connections.js';
import { pass, startCuttingProxy, type CuttingProxy, type Fault } from './cutting-proxy.js';
import { executed, openSandbox, proofStarts, uniqueIn, uniqueValue } from './starts.js';

/** A gateway, and starts that wait for answers which never come. */
jest.setTimeout(120_000);

const never = new Promise<void>(() => {});

/** What a whole answer becomes on its way, and whether the run exists by then. */
const lost: readonly (readonly [what: string, fault: Fault, ran: number])[] = [
  ['a connection that is reset before the portal has the request', { do: 'cut-request', after: 0, by: 'reset' }, 0],
  ['a connection that ends half way through the request', { do: 'cut-request', after: 200, by: 'end' }, 0],
  ['a connection that is reset before the answer', { do: 'cut-answer', after: 0, by: 'reset' }, 1],
  ['a connection that ends in the middle of the answer', { do: 'cut-answer', after: 120, by: 'end' }, 1],
  ['an empty 200', { do: 'say', answer: answerOf('200 OK', 'application/json', '') }, 1],
  ['a 200 whose JSON is cut', { do: 'say', answer: answerOf('200 OK', 'application/json', '{"result":"66e81a64') }, 1],
  ['a 200 that is a page', { do: 'say', answer: answerOf('200 OK', 'text/html', '<html>Welcome</html>') }, 1],
  ['a 200 that says nothing', { do: 'say', answer: answerOf('200 OK', 'application/json', '{}') }, 1],
  ['a 502 of a proxy', { do: 'say', answer: answerOf('502 Bad Gateway', 'text/html', '<html>502</html>') }, 1],
  ['a 504 of a proxy', { do: 'say', answer: answerOf('504 Gateway Time-out', 'text/html', '') }, 1],
  ['no answer until the time is over', { do: 'hold', until: never }, 1],
];

/** Every tenth byte of any answer, and further than any goes. */
const everyTenthByte = Array.from({ length: 100 }, (_, index) => index * 10);
/** Fewer than make the gateway leave a portal alone. */
const sideBySide = 4;

describe.each(proofStarts)('a start of a $name whose answer is lost', (start) => {
  let gateway: TestGateway;
  let sandbox: Sandbox;
  let proxy: CuttingProxy;
  const faults = new Map<string | null, Fault>();

  beforeAll(async () => {
    sandbox = await openSandbox(start);
    proxy = await startCuttingProxy(sandbox, (request) => faults.get(uniqueIn(request)) ?? pass);
    const egress = { EGRESS_ALLOW: '127.0.0.0/8', EGRESS_HTTP: 'on' };
    // No look comes in between: what is said is what the attempt taught.
    gateway = await startGateway({ ...egress, RECONCILE_DELAYS: '3600', LEASE_SECONDS: '10' });
    await register(gateway, 'portal', { start, sandbox, baseUrl: proxy.url });
    await register(gateway, 'hasty', { start, sandbox, baseUrl: proxy.url, limits: { startTimeoutSeconds: 1 } });
  });

  // A portal that answered nothing readable several times in a row would be left alone for a while.
  beforeEach(async () => {
    await startWith(pass, 'portal');
    await startWith(pass, 'hasty');
  });

  afterAll(async () => {
    await gateway?.close();
    await proxy?.close();
    await sandbox?.close();
  });

  async function startWith(
    fault: Fault,
    connection: string,
  ): Promise<{ readonly unique: string; readonly said: Said }> {
    const unique = uniqueValue();
    faults.set(unique, fault);
    const said = await send(gateway, unique, { connection, ...start.fields(unique) });
    return { unique, said };
  }

  const sent = (unique: string) => proxy.exchanges.filter(({ request }) => uniqueIn(request) === unique);
  const ran = async (unique: string) => (await executed(sandbox)).filter((one) => one === unique).length;

  it.each(lost)('is indeterminate after %s, and nothing is sent again', async (_, fault, runs) => {
    const connection = fault.do === 'hold' ? 'hasty' : 'portal';
    const { unique, said } = await startWith(fault, connection);

    expect(said).toMatchObject({ status: 202, body: { state: 'indeterminate' } });
    expect(await attempts(gateway, said.body.id ?? '')).toEqual(['attempt.unknown']);
    // The key is bound: whoever repeats it hears the same and starts nothing.
    const again = await send(gateway, unique, { connection, ...start.fields(unique) }, 'wait=0');
    expect(again.body).toMatchObject({ id: said.body.id, state: 'indeterminate' });
    expect({ sent: sent(unique).length, ran: await ran(unique) }).toEqual({ sent: 1, ran: runs });
  });

  it('is indeterminate wherever the answer is cut, side by side with others', async () => {
    const results: { after: number; unique: string; said: Said }[] = [];
    for (let first = 0; first < everyTenthByte.length; first += sideBySide) {
      const some = everyTenthByte.slice(first, first + sideBySide).map(async (after) => {
        results.push({ after, ...(await startWith({ do: 'cut-answer', after, by: 'reset' }, 'portal')) });
      });
      await Promise.all(some);
      await startWith(pass, 'portal');
    }
    const runs = await executed(sandbox);

    for (const { after, unique, said } of results) {
      const [one, ...more] = sent(unique);
      const isWhole = after >= (one?.answer?.length ?? 0);
      expect({ after, state: said.body.state, more, ran: runs.filter((run) => run === unique).length }).toEqual({
        after,
        state: isWhole ? 'running' : 'indeterminate',
        more: [],
        ran: 1,
      });
      expect(await attempts(gateway, said.body.id ?? '')).toHaveLength(1);
    }
  });

  it('is not sent where nobody listens, and goes when somebody does', async () => {
    const port = await unusedPort();
    await register(gateway, 'nobody', { start, sandbox, baseUrl: `http://127.0.0.1:${port}` });
    const unique = uniqueValue();
    const { body } = await send(gateway, unique, { connection: 'nobody', ...start.fields(unique) }, 'respond-async');
    const id = body.id ?? '';
    await until(async () => (await look(gateway, id)).state === 'queued', 'the failed dial');
    expect(await ran(unique)).toBe(0);

    const somebody = await startCuttingProxy(sandbox, () => pass, port);
    try {
      await until(async () => (await look(gateway, id)).state === 'running', 'the next try');
      expect(await ran(unique)).toBe(1);
      // Where a sign-in comes first, it is that which failed, before there was an attempt.
      expect((await attempts(gateway, id)).join()).toMatch(/^(attempt\.not_sent,)*attempt\.accepted$/);
    } finally {
      await somebody.close();
    }
  });
});

function answerOf(status: string, type: string, body: string): string {
  const head = [`HTTP/1.1 ${status}`, `content-type: ${type}`, `content-length: ${Buffer.byteLength(body)}`];
  return `${head.join('\r\n')}\r\n\r\n${body}`;
}

async function unusedPort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const port = listeningPort(server);
  await new Promise((resolve) => server.close(resolve));
  return port;
}
