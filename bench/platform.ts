import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { serve } from './child.js';

/** What the platform executed since it was asked last. */
export interface Executed {
  readonly runs: number;
  /** Starts with a run id that an earlier one had. */
  readonly repeated: number;
}

/** How long a start takes, in milliseconds. */
const startMs = 5;

const seen = new Set<string>();
let repeated = 0;

const template = {
  ID: '1',
  NAME: 'Bench',
  MODULE_ID: 'crm',
  ENTITY: 'CCrmDocumentLead',
  DOCUMENT_TYPE: ['crm', 'CCrmDocumentLead', 'LEAD'],
  PARAMETERS: { Note: { Name: 'Note', Type: 'string', Required: '0', Multiple: '0', Default: '', Options: null } },
};

/** Answers as Bitrix24 does, and counts what it executed: the judge of every round. */
async function main(): Promise<void> {
  const server = createServer((request, response) => void answer(request, response));
  // A server that closes idle connections would make the yardsticks lose answers.
  server.keepAliveTimeout = 0;
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  serve(`http://127.0.0.1:${(server.address() as AddressInfo).port}`, executed);
}

/** `seen` looks on, `executed` begins to count anew. */
async function executed(question: 'seen' | 'executed'): Promise<Executed> {
  const told = { runs: seen.size + repeated, repeated };
  if (question === 'seen') return told;
  seen.clear();
  repeated = 0;
  return told;
}

async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const method = /([\w.]+)\.json$/.exec(request.url ?? '')?.[1];
  if (method === 'bizproc.workflow.template.list') return send(response, 200, { result: [template], time: {} });
  if (method !== 'bizproc.workflow.start') return send(response, 404, { error: 'ERROR_METHOD_NOT_FOUND' });
  const { PARAMETERS } = JSON.parse(Buffer.concat(chunks).toString()) as {
    PARAMETERS: { PreGeneratedWorkflowId: string };
  };
  const id = PARAMETERS.PreGeneratedWorkflowId;
  if (seen.has(id)) repeated += 1;
  seen.add(id);
  setTimeout(() => send(response, 200, { result: id, time: {} }), startMs);
}

function send(response: ServerResponse, status: number, body: object): void {
  const text = JSON.stringify(body);
  response.writeHead(status, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) });
  response.end(text);
}

await main();
