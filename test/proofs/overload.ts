import { Agent } from 'node:http';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setTimeout as passed } from 'node:timers/promises';
import { register } from './connections.js';
import { quantile, type Figure } from './figures.js';
import { ask, openLoop, type LoadAnswer, type LoadRequest } from './open-loop.js';
import { openSandbox, uniqueValue, workflow } from './starts.js';
import { watchedGateway } from './watched-gateway.js';

type Say = (line: string) => void;

/** How much of it. */
export interface OverloadSizes {
  readonly seconds: number;
  readonly callers: number;
  readonly times: number;
}
export const overloadSizes: OverloadSizes = { seconds: 60, callers: 32, times: 3 };

const measureSeconds = 10;

/** Asks for several times of what a replica can, and looks at what it says, at its health, its memory and how it is after. */
export async function measureOverload(databaseUrl: string, sizes: OverloadSizes, say: Say): Promise<readonly Figure[]> {
  const gateway = await watchedGateway(databaseUrl, {
    EGRESS_HTTP: 'on',
    EGRESS_ALLOW: '127.0.0.0/8',
    STATUS_POLL_SECONDS: '86400',
  });
  const sandbox = await openSandbox(workflow);
  try {
    await register(gateway, workflow.key, {
      start: workflow,
      sandbox,
      baseUrl: sandbox.url,
      limits: { maxInFlight: 256 },
    });
    const { url } = gateway;
    await closedLoop(url, sizes.callers, 5);
    const calm = await closedLoop(url, sizes.callers, measureSeconds);
    const capacity = calm.filter(({ status }) => status === 201).length / measureSeconds;
    say(
      `capacity: ${capacity.toFixed(0)} starts a second by ${sizes.callers} callers, memory ${gateway.mostMemory()} MiB`,
    );
    gateway.healthMs();
    const lag = monitorEventLoopDelay();
    lag.enable();
    const answers = await openLoop({ url, perSecond: capacity * sizes.times, seconds: sizes.seconds, next: nextStart });
    const health = gateway.healthMs();
    say(`${answers.length} requests: ${toldStatuses(answers)}`);
    say(`the driver's own loop was late by ${(lag.percentile(99) / 1e6).toFixed(0)} ms at p99`);
    await passed(5000);
    const after = await closedLoop(url, sizes.callers, 5);
    const again = after.filter(({ status }) => status === 201).length / 5;
    return figuresOf({ answers, health, memory: gateway.mostMemory(), ratio: again / capacity, after });
  } finally {
    await gateway.close();
    await sandbox.close();
  }
}

function nextStart(): LoadRequest {
  const body = JSON.stringify({
    connection: workflow.key,
    onIndeterminate: 'continue',
    ...workflow.fields(uniqueValue()),
  });
  return { method: 'POST', path: '/v1/processes', headers: { 'content-type': 'application/json' }, body };
}

/** Callers that each send their next start when they have the answer to the last. */
async function closedLoop(url: string, callers: number, seconds: number): Promise<readonly LoadAnswer[]> {
  const agent = new Agent({ keepAlive: true });
  const untilMs = performance.now() + seconds * 1000;
  const answers: LoadAnswer[] = [];
  const caller = async (): Promise<void> => {
    while (performance.now() < untilMs) answers.push(await ask(url, nextStart(), agent));
  };
  await Promise.all(Array.from({ length: callers }, caller));
  agent.destroy();
  return answers;
}

/** How often each status came, and how long it took. */
function toldStatuses(answers: readonly LoadAnswer[]): string {
  const statuses = new Set(answers.map(({ status }) => status));
  const told = [...statuses].map((status) => {
    const ms = answers.filter((answer) => answer.status === status).map((answer) => answer.ms);
    const [p50, p99] = [0.5, 0.99].map((part) => quantile(ms, part).toFixed(0));
    return `${ms.length} × ${status} (p50 ${p50} ms, p99 ${p99} ms)`;
  });
  return told.join(', ');
}

interface Seen {
  readonly answers: readonly LoadAnswer[];
  readonly health: readonly number[];
  readonly memory: number;
  /** Starts a second five seconds later, of those before. */
  readonly ratio: number;
  readonly after: readonly LoadAnswer[];
}

function figuresOf({ answers, health, memory, ratio, after }: Seen): readonly Figure[] {
  const isFine = ({ status, hasRetryAfter }: LoadAnswer): boolean =>
    status === 201 || (hasRetryAfter && [202, 429, 503].includes(status));
  const wrong = answers.filter((answer) => !isFine(answer)).length;
  const p99 = quantile(health, 0.99);
  const refusedAfter = after.filter(({ status }) => status !== 201).length;
  return [
    {
      what: 'answers that are none of 201, 202, 429, 503 with Retry-After',
      measured: String(wrong),
      allowed: '0',
      holds: wrong === 0,
    },
    {
      what: `health, p99 of ${health.length} looks`,
      measured: `${p99.toFixed(0)} ms`,
      allowed: '1000 ms',
      holds: p99 < 1000,
    },
    { what: 'the most memory', measured: `${memory} MiB`, allowed: '400 MiB', holds: memory < 400 },
    {
      what: 'starts a second 5 s later, of before',
      measured: `× ${ratio.toFixed(2)}`,
      allowed: '× 0.80',
      holds: ratio >= 0.8,
    },
    {
      what: 'starts 5 s later that are not answered 201',
      measured: String(refusedAfter),
      allowed: '0',
      holds: refusedAfter === 0,
    },
  ];
}
