import { chown, cp, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { EmbeddedPostgres } from '../../../src/storage/embedded/embedded-postgres.js';
import { migrate } from '../../../src/storage/migrate.js';
import { dataDirectory, startHere } from './elsewhere.js';

/** A server of this test's own, whose data directory can be copied and put back under its pools. */
export class MovableServer {
  #running: EmbeddedPostgres | null = null;

  private constructor(
    readonly dataDir: string,
    readonly copy: string,
  ) {}

  static async withTables(): Promise<MovableServer> {
    const dataDir = await dataDirectory();
    const server = new MovableServer(dataDir, join(dataDir, 'copy'));
    await migrate(await server.start());
    await server.stop();
    return server;
  }

  get cluster(): string {
    return join(this.dataDir, 'postgres/cluster');
  }

  async start(settings: Record<string, string> = {}): Promise<string> {
    this.#running = await startHere(this.dataDir, { synchronous_commit: 'on', ...settings });
    return this.#running.url;
  }

  async stop(): Promise<void> {
    await this.#running?.stop();
    this.#running = null;
  }

  async takeCopy(): Promise<void> {
    await cp(this.cluster, this.copy, { recursive: true, preserveTimestamps: true });
  }

  async putCopyBack(): Promise<void> {
    const owner = await stat(this.cluster);
    await rm(this.cluster, { recursive: true });
    await cp(this.copy, this.cluster, { recursive: true, preserveTimestamps: true });
    await owned(this.cluster, owner);
  }

  /** Tells the next start to recover, as after a base backup, or to stand by until it is promoted. */
  async signal(name: 'recovery.signal' | 'standby.signal'): Promise<void> {
    const path = join(this.cluster, name);
    await writeFile(path, '');
    await owned(path, await stat(this.cluster));
  }
}

async function owned(path: string, { uid, gid }: { uid: number; gid: number }): Promise<void> {
  await chown(path, uid, gid);
  if (!(await stat(path)).isDirectory()) return;
  for (const name of await readdir(path)) await owned(join(path, name), { uid, gid });
}
