import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Figure } from '../proofs/figures.js';
import { memoryOf } from '../proofs/watched-gateway.js';
import { runGateway } from '../running-gateway.js';
import { fuzz, type FuzzFigures } from './fuzz.js';
import { adminKey, fuzzEnvironment, registerPortals } from './fuzzed-gateway.js';

type Say = (line: string) => void;

/** The part of a run after which caches are full, so that memory may be compared. */
const warm = 0.3;

/** Fuzzes a gateway in a process of its own, whose memory is watched; both portals are in this one. */
export async function proveFuzz(
  databaseUrl: string,
  size: { readonly requests: number; readonly seed: number },
  say: Say,
) {
  say(`seed ${size.seed}`);
  const dataDir = await mkdtemp(join(tmpdir(), 'fuzz-'));
  const keys = `fuzz:${Buffer.alloc(32, 7).toString('base64')}`;
  const gateway = await runGateway({
    ...fuzzEnvironment,
    DATABASE_URL: databaseUrl,
    DATA_DIR: dataDir,
    CREDENTIALS_KEYS: keys,
    SANDBOX: 'off',
  });
  const sandboxes = await registerPortals(gateway);
  const mebibytes: { readonly sent: number; readonly used: number }[] = [];
  let toldMs = performance.now();
  try {
    const figures = await fuzz({
      ...size,
      url: gateway.url,
      key: adminKey,
      atATime: 16,
      onRound: async (sent) => {
        mebibytes.push({ sent, used: await memoryOf(gateway.pid) });
        if (performance.now() - toldMs < 15_000) return;
        toldMs = performance.now();
        say(`${sent} requests, ${mebibytes.at(-1)?.used ?? 0} MiB`);
      },
    });
    tell(figures, say);
    return figuresOf(figures, mebibytes);
  } finally {
    await gateway.end('SIGTERM');
    await Promise.all(sandboxes.map((sandbox) => sandbox.close()));
    await rm(dataDir, { recursive: true, force: true });
  }
}

function tell({ sent, byStatus, neverDone, faults }: FuzzFigures, say: Say): void {
  const statuses = [...byStatus]
    .toSorted(([one], [other]) => one - other)
    .map(([status, times]) => `${times} × ${status}`);
  say(`${sent} requests: ${statuses.join(', ')}`);
  say(`operations that none succeeded at: ${neverDone.join(', ') || 'none'}`);
  for (const { what, times, example } of faults.slice(0, 40)) say(`FAULT ${times} × ${what}\n  ${example}`);
}

function figuresOf(
  { sent, faults }: FuzzFigures,
  memory: readonly { readonly sent: number; readonly used: number }[],
): readonly Figure[] {
  const after = memory.filter((one) => one.sent >= sent * warm).map(({ used }) => used);
  const third = Math.ceil(after.length / 3);
  const [early, late] = [after.slice(0, third), after.slice(-third)].map((part) => Math.max(...part));
  const growth = (late ?? 0) / (early ?? 1);
  const wrong = faults.reduce((sum, { times }) => sum + times, 0);
  return [
    {
      what: `answers of ${sent} that the contract does not have`,
      measured: String(wrong),
      allowed: '0',
      holds: wrong === 0,
    },
    {
      what: 'memory at the end, of that when warm',
      measured: `× ${growth.toFixed(2)} (${late} MiB)`,
      allowed: '× 1.20',
      holds: growth <= 1.2,
    },
  ];
}
