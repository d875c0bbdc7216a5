import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Pool } from 'pg';
import { v7 as uuidv7 } from 'uuid';
import { serve } from './child.js';
import { HttpCaller } from './http-caller.js';
import { runsTable } from './runs-table.js';
import { Shared } from './shared.js';

interface Start {
  readonly connection: string;
  readonly definition: string;
  readonly subject: { readonly type: string; readonly id: string };
  readonly variables: Readonly<Record<string, string>>;
  readonly businessKey: string;
  readonly tags: readonly string[];
}

interface Answer extends Omit<Start, 'variables'> {
  readonly id: string;
  readonly state: string;
  readonly nativeId?: string;
}

// Named, so that they are planned once for each connection.
const accept = {
  name: 'accept',
  text: `insert into runs values ($1, $2, $3, $4, $5, $6, $7, $8, $9, 'starting', null, clock_timestamp(), null)`,
};
const settle = {
  name: 'settle',
  text: `update runs set state = 'running', native_id = $2, started_at = clock_timestamp() where id = $1`,
};

const acceptMany = {
  name: 'accept-many',
  text: `insert into runs select * from json_populate_recordset(null::runs, $1)`,
};
const settleMany = {
  name: 'settle-many',
  text: `update runs set state = 'running', native_id = told.native_id, started_at = clock_timestamp()
    from json_to_recordset($1) as told (id uuid, native_id text) where runs.id = told.id`,
};

const [databaseUrl = '', platformUrl = ''] = process.argv.slice(2);
// PostgreSQL takes a list in JSON for a hundred rows, and would read the whole table for these.
const options = '-c enable_seqscan=off -c enable_hashjoin=off -c enable_mergejoin=off';
const pool = new Pool({ connectionString: databaseUrl, max: 20, options });
const free: HttpCaller[] = [];

/** Those that are answered at once share their commits, and are sent so many at a time. */
const accepting = new Shared<object>((rows) => pool.query({ ...acceptMany, values: [JSON.stringify(rows)] }));
const settling = new Shared<object>((rows) => pool.query({ ...settleMany, values: [JSON.stringify(rows)] }));
const sentAtOnce = 64;
const queue = new Set<() => Promise<void>>();
let sending = 0;

/**
 * The limit: the least that stores a start before and after its call; of one that is answered 202 the same with shared
 * commits, sent later. No idempotency, no history, no fencing, no guard on what is dialled, no checks: what is left is what
 * the gateway's work is measured by.
 */
async function main(): Promise<void> {
  await pool.query(runsTable);
  const server = createServer((request, response) => void start(request, response));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  serve(`http://127.0.0.1:${(server.address() as AddressInfo).port}`, async () => 'nothing to ask');
}

async function start(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const { connection, definition, subject, variables, businessKey, tags } = JSON.parse(
    Buffer.concat(chunks).toString(),
  ) as Start;
  const id = uuidv7();
  const runId = randomBytes(16).toString('hex');
  if (request.headers['prefer'] === 'respond-async') {
    await accepting.add({
      id,
      connection,
      definition,
      subject_type: subject.type,
      subject_id: subject.id,
      variables,
      business_key: businessKey,
      tags,
      run_id: runId,
      state: 'starting',
      native_id: null,
      created_at: new Date(),
      started_at: null,
    });
    queue.add(async () => {
      const nativeId = await call(runId, { connection, definition, subject, variables, businessKey, tags });
      await settling.add({ id, native_id: nativeId });
    });
    sendNext();
    return answer(response, 202, { id, state: 'starting', connection, definition, subject, businessKey, tags });
  }
  const values = [id, connection, definition, subject.type, subject.id, variables, businessKey, tags, runId];
  await pool.query({ ...accept, values });
  const nativeId = await call(runId, { connection, definition, subject, variables, businessKey, tags });
  await pool.query({ ...settle, values: [id, nativeId] });
  answer(response, 201, { id, state: 'running', nativeId, connection, definition, subject, businessKey, tags });
}

function answer(response: ServerResponse, status: number, run: Answer): void {
  const body = JSON.stringify(run);
  response.writeHead(status, {
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(body),
    location: `/v1/processes/${run.id}`,
  });
  response.end(body);
}

function sendNext(): void {
  const [next] = sending < sentAtOnce ? queue : [];
  if (!next) return;
  queue.delete(next);
  sending += 1;
  void next().finally(() => {
    sending -= 1;
    sendNext();
  });
}

async function call(runId: string, { definition, subject, variables }: Start): Promise<string> {
  const caller = free.pop() ?? (await HttpCaller.to(new URL(platformUrl)));
  const body = JSON.stringify({
    TEMPLATE_ID: Number(definition),
    DOCUMENT_ID: ['crm', 'CCrmDocumentLead', `LEAD_${subject.id}`],
    PARAMETERS: { ...variables, PreGeneratedWorkflowId: runId },
  });
  const answer = await caller.post('/rest/1/secret/bizproc.workflow.start.json', '', body);
  free.push(caller);
  return (JSON.parse(answer.body) as { result: string }).result;
}

await main();
