import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import './typescript.mjs';

/** Once for all tests: one cluster with nothing forced to disk. Tests reach it through `freshDatabase()`. */
export default async function startPostgres() {
  const { startEmbeddedPostgres } = await import('../../src/storage/embedded/embedded-postgres.ts');
  const dataDir = await mkdtemp(join(tmpdir(), 'bpm-gateway-test-'));
  await chmod(dataDir, 0o711); // as root the server is another user, who has to get in
  const postgres = await startEmbeddedPostgres({ dataDir, durable: false, settings: { max_connections: '600' } });
  process.env.TEST_POSTGRES_URL = postgres.url;
  // What gateways write, answer and store is kept here, and searched for secrets at the end.
  process.env.TEST_POSTGRES_LOG = join(dataDir, 'postgres', 'server.log');
  process.env.TEST_EVIDENCE = await mkdtemp(join(tmpdir(), 'bpm-gateway-evidence-'));
  globalThis.stopPostgres = async () => {
    await postgres.stop();
    await rm(dataDir, { recursive: true, force: true });
    if (!process.env.TEST_EVIDENCE_KEPT) await rm(process.env.TEST_EVIDENCE, { recursive: true, force: true });
  };
}
