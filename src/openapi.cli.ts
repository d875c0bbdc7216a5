import { readFile, writeFile } from 'node:fs/promises';
import { createApp } from './app.js';
import type { GatewayLog } from './app.module.js';
import { loadConfig } from './config.js';
import { yamlOf } from './http/documents.js';
import { openApiOf } from './http/openapi.js';
import { PublicUrl } from './http/public-url.js';
import { Readiness } from './http/readiness.js';
import { PostgresHolds } from './storage/database-hold.store.js';
import { DatabaseWatch } from './storage/database-watch.js';
import { noDatabase } from './storage/no-database.js';

const file = 'openapi.yaml';
const silent: GatewayLog = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };

/** The contract as the code has it now; asks no database and opens no port. */
async function contract(): Promise<string> {
  const app = await createApp({
    config: loadConfig({}),
    database: noDatabase(),
    directUrl: null,
    replica: null,
    holds: new PostgresHolds(noDatabase(), new DatabaseWatch('hold', silent)),
    log: silent,
    url: new PublicUrl('http://127.0.0.1:3000'),
    readiness: new Readiness(async () => false),
    ownPorts: [],
    closedPorts: new Set(),
  });
  try {
    return await yamlOf(openApiOf(app));
  } finally {
    await app.close();
  }
}

/** Writes openapi.yaml; with --check it only says whether the file is what the code says. */
async function main(): Promise<void> {
  const now = await contract();
  if (!process.argv.includes('--check')) {
    await writeFile(file, now);
    return;
  }
  if ((await readFile(file, 'utf8')) === now) return;
  process.stderr.write(`${file} is not what the code says; run npm run openapi and commit it.\n`);
  process.exitCode = 1;
}

await main();
