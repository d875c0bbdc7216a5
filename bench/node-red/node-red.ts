import { once, type EventEmitter } from 'node:events';
import { mkdir, writeFile } from 'node:fs/promises';
import { createServer, type RequestListener, type Server } from 'node:http';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { Pool } from 'pg';
import { serve } from '../child.js';
import { runsTable } from '../runs-table.js';
import { flowOf } from './flow.js';

/** What of Node-RED is used to embed it. */
interface NodeRed {
  readonly httpNode: RequestListener;
  readonly events: EventEmitter;
  init(server: Server, settings: object): void;
  start(): Promise<void>;
}

/**
 * The peer: Node-RED as somebody installed it, a flow that anybody could draw, and a pool for its function nodes with as
 * many connections as the limit has. Like the limit no idempotency, no history, no recovery.
 *
 * @param installed  the directory in which `npm install node-red@4` was run
 * @param userDir    what Node-RED keeps of its own
 */
async function main([
  databaseUrl = '',
  platformUrl = '',
  installed = '',
  userDir = '',
]: readonly string[]): Promise<void> {
  const nodeRed: NodeRed = createRequire(join(installed, 'package.json'))('node-red');
  const pool = new Pool({ connectionString: databaseUrl, max: 20 });
  await pool.query(runsTable);
  await mkdir(userDir, { recursive: true });
  await writeFile(join(userDir, 'flows.json'), JSON.stringify(flowOf(platformUrl)));
  const server = createServer();
  nodeRed.init(server, {
    userDir,
    flowFile: 'flows.json',
    credentialSecret: false,
    httpAdminRoot: false,
    functionGlobalContext: { pool },
    logging: { console: { level: 'error' } },
    telemetry: { enabled: false },
  });
  server.on('request', nodeRed.httpNode);
  const isWired = once(nodeRed.events, 'flows:started');
  await nodeRed.start();
  await isWired;
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  serve(`http://127.0.0.1:${(server.address() as AddressInfo).port}`, async () => 'nothing to ask');
}

await main(process.argv.slice(2));
