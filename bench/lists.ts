import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from 'pg';
import { startEmbeddedPostgres } from '../src/storage/embedded/embedded-postgres.js';
import { migrate } from '../src/storage/migrate.js';
import { fill } from './lists-fill.js';
import { runListsGateway } from './lists-gateway.js';
import { keepLists } from './lists-kept.js';

const day = (ago: number): string => new Date(Date.now() - ago * 86_400_000).toISOString();

/** Every documented filter, with values that many, some and few have, and pairs of them. */
const queries: readonly string[] = [
  '',
  'connection=connection-0',
  'connection=connection-19',
  'connection=rare',
  'connection=nowhere',
  'platform=bitrix24',
  'platform=rare',
  'definition=definition-0',
  'definition=rare',
  'state=completed',
  'state=running',
  'state=failed',
  'state=indeterminate',
  'state=killed',
  'state=starting',
  'state=withdrawn',
  'category=open',
  'category=pending',
  'category=closed',
  'conclusion=succeeded',
  'conclusion=stopped',
  'businessKey=PO-7',
  'tag=erp',
  'tag=audited',
  'tag=rare',
  'nativeId=run-99',
  'subjectType=crm.deal',
  'subjectType=lists.item',
  'subjectId=77',
  'createdBy=client-1',
  'createdBy=rare',
  'hasIncident=true',
  'hasIncident=false',
  `createdAfter=${day(3)}`,
  `createdBefore=${day(300)}`,
  `closedAfter=${day(1)}`,
  `closedAfter=${day(200)}`,
  `closedBefore=${day(300)}`,
  `closedAfter=${day(200)}&closedBefore=${day(199)}`,
  'connection=connection-19&state=failed',
  'connection=connection-0&definition=definition-3&state=terminated',
  'connection=connection-0&tag=audited',
  'state=failed&state=indeterminate&createdBy=client-2',
  `definition=definition-39&createdBefore=${day(200)}`,
];

interface Figure {
  readonly p50: number;
  readonly p99: number;
}

/**
 * Asks for pages of 50 by every filter, over HTTP, with more and more processes behind them.
 *
 * @param args  sizes, e.g. `10000,1000000`, and how often each page is asked for
 */
export async function lists([given = '10000,1000000', times = '100']: readonly string[]): Promise<void> {
  const sizes = given.split(',').map(Number);
  const dataDir = await mkdtemp(join(tmpdir(), 'bench-lists-'));
  await chmod(dataDir, 0o711); // as root the server is another user, who has to get in
  const postgres = await startEmbeddedPostgres({ dataDir, durable: false, settings: { shared_buffers: '1GB' } });
  try {
    const figures: (readonly Figure[])[] = [];
    for (const size of sizes) figures.push(await measured(postgres.url, dataDir, { size, times: Number(times) }));
    process.stdout.write(`${report(sizes, figures)}\n`);
    const p99 = queries.map((query, number) => [query, figures.map((some) => some[number]?.p99 ?? Number.NaN)]);
    await keepLists({ at: new Date().toISOString(), times: Number(times), sizes, p99: Object.fromEntries(p99) });
  } finally {
    await postgres.stop();
    await rm(dataDir, { recursive: true, force: true });
  }
}

async function measured(
  cluster: string,
  dataDir: string,
  { size, times }: { readonly size: number; readonly times: number },
): Promise<readonly Figure[]> {
  const url = new URL(cluster);
  url.pathname = `/lists_${size}`;
  await using(cluster, (client) => client.query(`create database lists_${size}`));
  await migrate(url.href);
  const beganMs = performance.now();
  await using(url.href, (client) => fill(client, size));
  process.stderr.write(`${size} rows filled in ${Math.round((performance.now() - beganMs) / 1000)} s\n`);
  const gateway = await runListsGateway(url.href, dataDir);
  try {
    const figures: Figure[] = [];
    for (const query of queries) figures.push(await asked(`${gateway.url}/v1/processes?${query}`, times));
    return figures;
  } finally {
    await gateway.stop();
  }
}

async function using(url: string, work: (client: Client) => Promise<unknown>): Promise<void> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    await work(client);
  } finally {
    await client.end();
  }
}

async function asked(url: string, times: number): Promise<Figure> {
  const took: number[] = [];
  for (let time = -3; time < times; time += 1) {
    const beganMs = performance.now();
    const answer = await fetch(url);
    const text = await answer.text();
    if (answer.status !== 200) throw new Error(`${url} answered ${answer.status}: ${text}`);
    if (time >= 0) took.push(performance.now() - beganMs);
  }
  const inOrder = took.toSorted((one, other) => one - other);
  const at = (part: number): number => inOrder[Math.min(inOrder.length - 1, Math.floor(part * inOrder.length))] ?? 0;
  return { p50: at(0.5), p99: at(0.99) };
}

function report(sizes: readonly number[], figures: readonly (readonly Figure[])[]): string {
  const lines = queries.map((query, number) => {
    const of = figures.map((some) => some[number] ?? { p50: 0, p99: 0 });
    const [first, last] = [of[0], of.at(-1)];
    const ratio = (part: keyof Figure): string => ((last?.[part] ?? 0) / (first?.[part] ?? 1)).toFixed(1);
    const cells = of.map(({ p50, p99 }) => `${p50.toFixed(1)} / ${p99.toFixed(1)}`);
    return `| ${['`' + (query || '(none)') + '`', ...cells, `${ratio('p50')} / ${ratio('p99')}`].join(' | ')} |`;
  });
  const head = ['filter', ...sizes.map((size) => size.toLocaleString('en')), 'ratio'];
  return [`| ${head.join(' | ')} |`, `| ${head.map(() => '---').join(' | ')} |`, ...lines].join('\n');
}
