import { setTimeout as passed } from 'node:timers/promises';
import type { Sandbox } from '../../src/platforms/sandbox.js';
import { limit, requestsTo, type Logged } from '../limited-portal.js';
import { until } from '../until.js';
import { register, send, type Said } from './connections.js';
import { each, type Figure } from './figures.js';
import { executed, proofStarts, uniqueValue, workflow } from './starts.js';

interface Gateway {
  readonly url: string;
}

const starts = 20;
/** How long one replica may take to tell the other. */
const sharedAfterMs = 2500;

/** A portal refuses one method until a time that it tells: everything else goes on, and so does that method afterwards. */
export async function oneMethodUsedUp(
  replicas: readonly Gateway[],
  portal: Sandbox,
  resetsInSeconds: number,
): Promise<readonly Figure[]> {
  const [first] = replicas;
  const signing = proofStarts.find(({ name }) => name === 'signing');
  if (!first || !signing) throw new Error('There are replicas and signings');
  const limits = { burst: 50, requestsPerSecond: 2, batch: 'off', maxInFlight: 10 };
  for (const [key, start] of [['worked', workflow] as const, ['worked-signing', signing] as const]) {
    await register(first, key, { start, sandbox: portal, baseUrl: portal.url, limits });
  }
  const running = await send(first, uniqueValue(), started('worked', workflow));
  // Told in whole seconds and over almost a second later: who comes in between is refused again.
  const toldMs = Math.ceil(Date.now() / 1000 + resetsInSeconds) * 1000;
  await limit(portal, {
    method: 'bizproc.workflow.start',
    operatingSeconds: 480,
    resetsInSeconds: (toldMs + 900 - Date.now()) / 1000,
    tellsReset: true,
  });
  const startHalf = async (): Promise<void> => {
    const half = Array.from({ length: starts / 2 }, () => started('worked', workflow));
    await each(half, half.length, async (start, index) => {
      await send(replicas[index % replicas.length] ?? first, uniqueValue(), start, 'respond-async');
    });
  };
  await startHalf();
  const refusedAtMs = await until(
    async () => (await requestsTo(portal)).find(({ status }) => status === 429)?.atMs,
    'the refusal',
  );
  const others = [
    await timed('a terminate', 200, () => terminate(first, running.body.id ?? '')),
    await timed('a signing', 201, () => send(first, uniqueValue(), started('worked-signing', signing))),
    await timed('a read', 200, () => read(first, running.body.id ?? '')),
  ];
  await passed(Math.max(0, refusedAtMs + sharedAfterMs - Date.now()));
  await startHalf();
  const wereMeanwhile = Date.now() < toldMs;
  const all = async (): Promise<boolean> => (await executed(portal)).length >= starts + 2;
  await until(all, 'the starts after the reset', (resetsInSeconds + 60) * 1000);

  return [
    ...others.map((other) => ({ ...other, holds: other.holds && wereMeanwhile })),
    ...figuresOf(await requestsTo(portal), { resetsInSeconds, toldMs, knownMs: refusedAtMs + sharedAfterMs }),
  ];
}

/** By the portal's own log. `toldMs`: when the method goes again; `knownMs`: since when both replicas know of it. */
function figuresOf(
  requests: readonly Logged[],
  { resetsInSeconds, toldMs, knownMs }: Readonly<Record<'resetsInSeconds' | 'toldMs' | 'knownMs', number>>,
): readonly Figure[] {
  const sent = requests.filter(({ operation }) => operation === 'start');
  const refused = sent.filter(({ status }) => status === 429);
  const late = refused.filter(({ atMs }) => atMs > knownMs && atMs < toldMs).length;
  const lastMs = Math.max(...sent.map(({ atMs }) => atMs));
  return [
    {
      what: `one method refused for ${resetsInSeconds} s: starts sent to it all the same`,
      measured: `${late}, of ${refused.length} refused in all`,
      allowed: '0 when both replicas know',
      holds: late === 0 && refused.length > 0,
    },
    {
      what: `one method refused for ${resetsInSeconds} s: the last of ${starts} starts`,
      measured: `${((lastMs - toldMs) / 1000).toFixed(1)} s after the reset`,
      allowed: '5 s',
      holds: lastMs >= toldMs && lastMs - toldMs <= 5000,
    },
  ];
}

function started(connection: string, start: typeof workflow): ReturnType<typeof workflow.fields> {
  return { connection, ...start.fields(uniqueValue()) };
}

async function timed(what: string, expected: number, ask: () => Promise<Pick<Said, 'status'>>): Promise<Figure> {
  const begun = performance.now();
  const { status } = await ask();
  const ms = performance.now() - begun;
  return {
    what: `one method refused: ${what} meanwhile`,
    measured: `${status} in ${Math.round(ms)} ms`,
    allowed: `${expected} in 5 s`,
    holds: status === expected && ms < 5000,
  };
}

async function terminate({ url }: Gateway, id: string): Promise<Pick<Said, 'status'>> {
  return fetch(`${url}/v1/processes/${id}/terminate`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', prefer: 'wait=10' },
    body: '{}',
  });
}

async function read({ url }: Gateway, id: string): Promise<Pick<Said, 'status'>> {
  return fetch(`${url}/v1/processes/${id}?refresh=true`);
}
