import type { JsonObject } from '../../src/lib/json.js';
import type { Sandbox } from '../../src/platforms/sandbox.js';
import { sandboxKinds } from '../../src/platforms/sandboxes.js';
import { walkUniqueIn } from './unique.js';

/** A run by the platform's own log. */
export interface TrueRun {
  readonly nativeId: string;
  readonly state: string;
  /** `null`: no start of a walk made it. */
  readonly unique: string | null;
}

export const platforms = ['bitrix24', 'creatio'] as const;
export type PlatformName = (typeof platforms)[number];

/** A simulated portal that belongs to one walk. */
export interface WalkPortal {
  readonly platform: PlatformName;
  readonly sandbox: Sandbox;
  /** Everything that it has executed, oldest first. */
  runs(): Promise<readonly TrueRun[]>;
  /** Turns one of its switches, e.g. `answers`. */
  turn(control: string, body: JsonObject): Promise<void>;
  /** Ends a run that goes on; one that is over stays as it is. */
  finish(nativeId: string, outcome: 'completed' | 'failed'): Promise<void>;
  close(): Promise<void>;
}

export async function openPortal(platform: PlatformName): Promise<WalkPortal> {
  const kind = sandboxKinds.find((one) => one.platform === platform);
  if (!kind) throw new Error(`There is no sandbox of ${platform}`);
  const sandbox = await kind.start({ host: '127.0.0.1', port: 0, folder: null });
  const post = (path: string, body: JsonObject): Promise<Response> =>
    fetch(`${sandbox.url}/_sandbox/${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
  return {
    platform,
    sandbox,
    runs: async () => {
      const answer = await fetch(`${sandbox.url}/_sandbox/runs`);
      const runs = (await answer.json()) as readonly (JsonObject & { nativeId: string; state: string })[];
      return runs.map((run) => ({
        nativeId: run.nativeId,
        state: run.state,
        unique: walkUniqueIn(JSON.stringify(run)),
      }));
    },
    turn: async (control, body) => {
      const answer = await post(control, body);
      if (!answer.ok) throw new Error(`${control}: ${await answer.text()}`);
      await answer.arrayBuffer();
    },
    finish: async (nativeId, outcome) =>
      void (await (await post(`runs/${nativeId}/finish`, { outcome })).arrayBuffer()),
    close: () => sandbox.close(),
  };
}
