import { join } from 'node:path';
import { KeptState } from './lib/kept-state.js';
import type { Sandbox, SandboxKind } from './platforms/sandbox.js';

const host = '127.0.0.1';

/** A simulated portal that runs, and whose it is. */
export interface RunningSandbox {
  readonly platform: string;
  readonly sandbox: Sandbox;
}

/**
 * Runs every simulated portal on loopback. Ports and runs are kept under `folder`, so that they are the same after a
 * restart; a port that somebody else took meanwhile is replaced by a free one.
 */
export async function startSandboxes(
  kinds: readonly SandboxKind[],
  folder: string,
): Promise<readonly RunningSandbox[]> {
  const ports = new KeptState<Record<string, number>>(join(folder, 'ports.json'), {});
  const running: RunningSandbox[] = [];
  try {
    for (const kind of kinds) {
      const sandbox = await startOne(kind, join(folder, kind.platform), ports.value[kind.platform] ?? 0);
      running.push({ platform: kind.platform, sandbox });
      ports.value[kind.platform] = sandbox.port;
    }
  } catch (error) {
    await stopSandboxes(running);
    throw error;
  }
  ports.save();
  return running;
}

/** Stops them; what ran there is kept. */
export async function stopSandboxes(running: readonly RunningSandbox[]): Promise<void> {
  await Promise.all(running.map(({ sandbox }) => sandbox.close()));
}

async function startOne(kind: SandboxKind, folder: string, port: number): Promise<Sandbox> {
  try {
    return await kind.start({ host, port, folder });
  } catch (error) {
    const isTaken = error instanceof Error && 'code' in error && error.code === 'EADDRINUSE';
    if (!isTaken || port === 0) throw error;
    return kind.start({ host, port: 0, folder });
  }
}
