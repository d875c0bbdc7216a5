import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { startCreatioSandbox } from '../../src/platforms/creatio/creatio.sandbox.js';
import { until } from '../until.js';
import { cuttingAfter, openByteGate } from '../walks/byte-gate.js';
import { send } from './connections.js';
import type { Figure } from './figures.js';
import { runReplica } from './replica.js';
import { executed, uniqueValue } from './starts.js';

const runMs = 70_000;
const cutAfterMs = 60_000;
/** The default looks: 5 s after the cut the run is not there yet, 30 s after it is. */
const limitMs = runMs + 60_000;

const Shown = z.object({
  state: z.string(),
  nativeId: z.string().nullable(),
  adoption: z.string(),
  attempts: z.number(),
});

/** A process that takes 70 s, with an output asked for, behind a proxy that cuts what is not answered in 60 s. */
export async function measureLongRun(databaseUrl: string, say: (line: string) => void): Promise<readonly Figure[]> {
  const dataDir = await mkdtemp(join(tmpdir(), 'proofs-'));
  const sandbox = await startCreatioSandbox({ host: '127.0.0.1', port: 0, folder: null });
  const proxy = await openByteGate(() => ({ port: sandbox.port, host: '127.0.0.1' }), cuttingAfter(cutAfterMs));
  const replica = await runReplica({ DATABASE_URL: databaseUrl, DATA_DIR: dataDir });
  try {
    const { fields } = sandbox.connections[0] ?? {};
    const baseUrl = `http://127.0.0.1:${proxy.port}`;
    await posted(`${replica.url}/v1/connections`, { key: 'long', platform: 'creatio', baseUrl, ...fields });
    await posted(`${sandbox.url}/_sandbox/sessions`, { runMs });
    const unique = uniqueValue();
    const variables = { Customer: unique };
    const start = { connection: 'long', definition: 'UsrOrderCheck', variables, results: ['Greeting'] };
    const beganMs = performance.now();
    const first = await send(replica, unique, start, 'wait=10');
    const answeredMs = performance.now() - beganMs;
    say(`answered after ${Math.round(answeredMs)} ms: ${first.status} ${first.body.state}`);
    const states: string[] = [];
    const over = await until(
      async () => {
        const shown = Shown.parse(await (await fetch(`${replica.url}/v1/processes/${first.body.id}`)).json());
        if (shown.state !== states.at(-1)) {
          states.push(shown.state);
          say(`after ${Math.round((performance.now() - beganMs) / 1000)} s: ${shown.state}`);
        }
        return shown.state === 'completed' && shown;
      },
      'the process to be completed',
      limitMs,
    );
    const again = await send(replica, unique, start, 'wait=10');
    const runs = (await executed(sandbox)).filter((one) => one === unique).length;
    return [
      figure('the first answer', `${first.status} ${first.body.state}`, '202 starting'),
      figure('its states', states.join(' '), 'starting indeterminate completed'),
      figure('how its run was found', over.adoption, 'reconciled_probable'),
      figure('the same key once more', `${again.status} ${again.body.id === first.body.id}`, '201 true'),
      figure('runs', String(runs), '1'),
      figure('attempts', String(over.attempts), '1'),
    ];
  } finally {
    await replica.end();
    proxy.cutOff();
    await sandbox.close();
    await rm(dataDir, { recursive: true, force: true });
  }
}

function figure(what: string, measured: string, allowed: string): Figure {
  return { what: `${what}, a process of 70 s behind a proxy of 60 s`, measured, allowed, holds: measured === allowed };
}

async function posted(url: string, body: object): Promise<void> {
  const headers = { 'content-type': 'application/json' };
  const answer = await fetch(url, { method: 'POST', headers, body: JSON.stringify(body) });
  if (!answer.ok) throw new Error(`${url}: ${await answer.text()}`);
}
