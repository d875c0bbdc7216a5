import { afterAll, beforeAll, expect, it } from '@jest/globals';
import type { Sandbox } from '../src/platforms/sandbox.js';
import { startGateway, type TestGateway } from './gateway.js';
import { Caller, simulatedPortal } from './limited-portal.js';
import { until } from './until.js';

interface Line {
  readonly operation: string;
  readonly inBatch: boolean;
}

let gateway: TestGateway;
let portal: Sandbox;

beforeAll(async () => {
  portal = await simulatedPortal();
  gateway = await startGateway({ EGRESS_HTTP: 'on', EGRESS_ALLOW: '127.0.0.0/8', RECONCILE_DELAYS: '600' });
});
afterAll(async () => {
  await gateway?.close();
  await portal?.close();
});

async function truth(path: string): Promise<readonly Line[]> {
  const lines: readonly Line[] = Object(await (await fetch(`${portal.url}/_sandbox/${path}`)).json());
  return lines;
}

/** What the next commands of a batch are answered, whatever they carry: no status comes with it. */
const failures = [
  { error: 'ACCESS_DENIED', description: 'Access denied!' },
  { error: '', description: 'Wrong DOCUMENT_ID!' },
  { error: 'insufficient_scope', description: '' },
  { error: 'ERROR_CORE', description: 'Сбой', executes: true },
  { error: '', description: 'Превышен лимит процессов' },
  { error: 'ERROR_BATCH_LENGTH_EXCEEDED', description: 'Max batch length exceeded' },
  { error: 'CONNECTION_ERROR', description: 'Error connecting to authorization server' },
];

it('gives each start of a batch the verdict of its own failure, and sends none twice that may have run', async () => {
  const starts = 40;
  const caller = new Caller(gateway.url);
  await caller.register('p', portal.url, { requestsPerSecond: 2, burst: 12 });
  await caller.command('/connections/p/pause');
  for (let lead = 1; lead <= starts; lead += 1) await caller.start('p', { lead });
  for (const failure of failures) {
    const body = JSON.stringify({ method: 'bizproc.workflow.start', next: 1, ...failure });
    await fetch(`${portal.url}/_sandbox/errors`, { method: 'POST', body });
  }

  await caller.command('/connections/p/resume');
  await until(async () => (await caller.count('p', 'running')) === starts - 6, 'all others', 25_000);

  expect(await caller.count('p', 'rejected')).toBe(3);
  expect(await caller.count('p', 'indeterminate')).toBe(3);
  const sent = (await truth('requests')).filter(({ operation }) => operation === 'start');
  // The one that was refused before it ran went again, and it alone.
  expect(sent).toHaveLength(starts + 1);
  expect(sent.filter(({ inBatch }) => inBatch).length).toBeGreaterThanOrEqual(starts - 1);
  expect(await truth('runs')).toHaveLength(starts - 5);
});
