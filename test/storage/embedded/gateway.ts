/**
 * A process that does what a gateway does with its database: starts it, says its url, and goes on until it is killed.
 * Started by tests, which kill it: `node --import ./test/setup/typescript.mjs gateway.ts {dataDir}`.
 */
import { startEmbeddedPostgres } from '../../../src/storage/embedded/embedded-postgres.js';

process.on('SIGINT', () => undefined); // a gateway that still has something to finish
const postgres = await startEmbeddedPostgres({ dataDir: process.argv[2] ?? '', durable: true });
process.stdout.write(`${postgres.url}\n`);
setInterval(() => undefined, 1_000);
