import { serve } from './child.js';
import { HttpCaller } from './http-caller.js';
import { percentile } from './figures.js';
import { startOf } from './start.js';

/** One round of load: callers that each send the next start when they have the answer to the last. */
export interface Load {
  readonly url: string;
  /** What is spoken there: our starts, those that wait for nothing, or the platform's own. */
  readonly speaks: 'starts' | 'accepts' | 'native';
  readonly callers: number;
  readonly seconds: number;
}

export interface Driven {
  /** Answers with the status of a start that ran: 201, one that waits for nothing 202, of the platform itself 200. */
  readonly started: number;
  /** Every other answer; the first of them in words. */
  readonly others: number;
  readonly firstOther: string | null;
  readonly seconds: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
}

interface Wire {
  readonly path: string;
  readonly started: number;
  headers(number: number): string;
  body(number: number): string;
}

const starts: Wire = {
  path: '/v1/processes',
  started: 201,
  headers: (number) => `idempotency-key: bench-${number}\r\n`,
  body: (number) => JSON.stringify(startOf(number)),
};

const wires: Readonly<Record<Load['speaks'], Wire>> = {
  starts,
  accepts: { ...starts, started: 202, headers: (number) => `${starts.headers(number)}prefer: respond-async\r\n` },
  native: {
    path: '/rest/1/secret/bizproc.workflow.start.json',
    started: 200,
    headers: () => '',
    body: (number) =>
      JSON.stringify({
        TEMPLATE_ID: 1,
        DOCUMENT_ID: ['crm', 'CCrmDocumentLead', `LEAD_${number}`],
        PARAMETERS: { Note: `Start number ${number}`, PreGeneratedWorkflowId: `direct-${number}` },
      }),
  },
};

/** Starts are numbered through all rounds, so that no key comes twice; where several drive, each from a number of its own. */
let number = Number(process.argv[2] ?? 0);

async function drive({ url, speaks, callers, seconds }: Load): Promise<Driven> {
  const wire = wires[speaks];
  const connections = await Promise.all(Array.from({ length: callers }, () => HttpCaller.to(new URL(url))));
  const latencies: number[] = [];
  const others: string[] = [];
  const beganMs = performance.now();
  const untilMs = beganMs + seconds * 1000;
  const call = async (connection: HttpCaller): Promise<void> => {
    for (let sentMs = beganMs; sentMs < untilMs;) {
      number += 1;
      sentMs = performance.now();
      const { status, body } = await connection.post(wire.path, wire.headers(number), wire.body(number));
      if (status === wire.started) latencies.push(performance.now() - sentMs);
      else others.push(`${status} ${body.slice(0, 300)}`);
    }
  };
  await Promise.all(connections.map(call));
  const tookMs = performance.now() - beganMs;
  for (const connection of connections) connection.close();
  const sorted = Float64Array.from(latencies).toSorted();
  return {
    started: sorted.length,
    others: others.length,
    firstOther: others[0] ?? null,
    seconds: tookMs / 1000,
    p50Ms: percentile(sorted, 0.5),
    p99Ms: percentile(sorted, 0.99),
  };
}

serve('ready', drive);
