import { parseArgs } from 'node:util';
import { openListsCluster } from './lists-database.js';
import { runListsGateway } from './lists-gateway.js';
import { keepLists } from './lists-kept.js';
import { queries } from './lists-queries.js';

interface Figure {
  readonly p50: number;
  readonly p99: number;
}

const ofProcesses = 'processes?';

/** A gateway on a database of so many processes. */
interface Sized {
  readonly rows: number;
  readonly url: string;
  stop(): Promise<void>;
}

/**
 * Asks for pages of 50 by every filter, over HTTP, with more and more processes behind them; each page of all sizes in turn,
 * so that what else the machine does falls on each.
 *
 * @param args  sizes, e.g. `10000,1000000`; how often each page is asked for; `--keep DIR`: where the filled databases stay
 *   and are used again; `--only TEXT`: pages whose query has it
 */
export async function lists(args: readonly string[]): Promise<void> {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: { keep: { type: 'string' }, only: { type: 'string', default: '' } },
  });
  const [sizes = '10000,1000000', times = '100'] = positionals;
  const cluster = await openListsCluster(values.keep);
  const gateways: Sized[] = [];
  try {
    for (const rows of sizes.split(',').map(Number)) {
      const gateway = await runListsGateway(await cluster.database(rows), `${cluster.dataDir}/gateway-${rows}`);
      gateways.push({ rows, ...gateway });
    }
    say(['query', ...gateways.map(({ rows }) => rows.toLocaleString('en')), 'ratio']);
    say(['---', ...gateways.map(() => '---'), '---']);
    const figures = new Map<string, readonly Figure[]>();
    const take = async (query: string, measuring: Promise<readonly Figure[]>): Promise<void> => {
      const measured = await measuring;
      figures.set(query, measured);
      say(['`' + query + '`', ...cellsOf(measured)]);
    };
    for (const query of queries.filter((one) => one.includes(values.only))) {
      await take(query, asked(query, gateways, Number(times)));
    }
    if (values.only !== '') return;
    await take('history of one process', history(gateways, Number(times)));
    const ofFilters = [...figures].filter(([query]) => query.startsWith(ofProcesses));
    await keepLists({
      at: new Date().toISOString(),
      times: Number(times),
      sizes: gateways.map(({ rows }) => rows),
      p99: Object.fromEntries(
        ofFilters.map(([query, some]) => [query.slice(ofProcesses.length), some.map(({ p99 }) => p99)]),
      ),
    });
  } finally {
    for (const gateway of gateways) await gateway.stop();
    await cluster.close();
  }
}

function asked(query: string, gateways: readonly Sized[], times: number): Promise<readonly Figure[]> {
  return measured(
    gateways.map(({ url }) => `${url}/v1/${query}`),
    times,
  );
}

async function history(gateways: readonly Sized[], times: number): Promise<readonly Figure[]> {
  const urls: string[] = [];
  for (const { url } of gateways) {
    const page = await textOf(`${url}/v1/processes?subjectId=77&limit=1`);
    const [, id] = /"id":"([^"]+)"/.exec(page) ?? [];
    urls.push(`${url}/v1/processes/${id}/history`);
  }
  return measured(urls, times);
}

async function measured(urls: readonly string[], times: number): Promise<readonly Figure[]> {
  const took: number[][] = urls.map(() => []);
  for (let time = -3; time < times; time += 1) {
    for (const [number, url] of urls.entries()) {
      const beganMs = performance.now();
      await textOf(url);
      if (time >= 0) took[number]?.push(performance.now() - beganMs);
    }
  }
  return took.map((some) => {
    const inOrder = some.toSorted((one, other) => one - other);
    const at = (part: number): number => inOrder[Math.min(inOrder.length - 1, Math.floor(part * inOrder.length))] ?? 0;
    return { p50: at(0.5), p99: at(0.99) };
  });
}

async function textOf(url: string): Promise<string> {
  const answer = await fetch(url);
  const text = await answer.text();
  if (answer.status !== 200) throw new Error(`${url} answered ${answer.status}: ${text}`);
  return text;
}

/** p50 / p99 of each size in milliseconds, and the ratio of the last to the first. */
function cellsOf(figures: readonly Figure[]): readonly string[] {
  const [first, last] = [figures[0], figures.at(-1)];
  const ratio = (part: keyof Figure): string => ((last?.[part] ?? 0) / (first?.[part] ?? 1)).toFixed(1);
  return [
    ...figures.map(({ p50, p99 }) => `${p50.toFixed(1)} / ${p99.toFixed(1)}`),
    `${ratio('p50')} / ${ratio('p99')}`,
  ];
}

function say(cells: readonly string[]): void {
  process.stdout.write(`| ${cells.join(' | ')} |\n`);
}
