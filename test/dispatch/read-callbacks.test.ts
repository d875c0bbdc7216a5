import { describe, expect, it } from '@jest/globals';
import type { CallbackStore, DueCallback } from '../../src/connections/callback.store.js';
import { ReadCallbacks } from '../../src/dispatch/read-callbacks.js';
import { InDoubt } from '../../src/platforms/platform.errors.js';
import type { Process } from '../../src/processes/process.js';
import { aProcess } from '../processes/samples.js';
import { until } from '../until.js';
import { KeptLog, KnownPortals } from './engine.js';

function told(connection: string, tries = 1): DueCallback {
  const about = { id: `of ${connection}`, connection, portal: 'https://sales.example', tries };
  return { ...about, kind: 'run', definition: 'd', nativeId: 'n', processId: connection };
}

/** Gives each callback once, as the database does while its lease lasts. */
class Kept implements Pick<CallbackStore, 'take' | 'handled' | 'postpone' | 'forget'> {
  readonly done: string[] = [];
  readonly postponed: string[] = [];

  constructor(private due: readonly DueCallback[]) {}

  async take({ but }: Parameters<CallbackStore['take']>[0]): Promise<readonly DueCallback[]> {
    const taken = this.due.filter(({ connection }) => !but.includes(connection));
    this.due = this.due.filter((one) => !taken.includes(one));
    return taken;
  }

  comes(callback: DueCallback): void {
    this.due = [...this.due, callback];
  }

  async handled(callbackId: string): Promise<void> {
    this.done.push(callbackId);
  }

  async postpone(callbackId: string, seconds: number): Promise<void> {
    this.postponed.push(`${callbackId} for ${seconds}`);
  }

  async forget(): Promise<void> {}
}

async function reading(kept: Kept, look: (process: Process) => Promise<unknown>, held: () => Promise<unknown>) {
  const reader = { find: async (id: string): Promise<Process> => aProcess({ connection: id }) };
  const parts = { callbacks: kept, portals: new KnownPortals([]), reader, look, registerAnew: async () => {} };
  const callbacks = new ReadCallbacks({ ...parts, leaseSeconds: 30, log: new KeptLog() });
  callbacks.begin();
  callbacks.wake();
  try {
    await held();
  } finally {
    await callbacks.end();
  }
}

describe('what portals told', () => {
  it('waits for no other portal that is slow', async () => {
    const kept = new Kept([told('slow')]);
    let answer = (): void => {};
    const slow = new Promise<void>((resolve) => (answer = resolve));
    const look = ({ connection }: Process): Promise<unknown> => (connection === 'slow' ? slow : Promise.resolve());

    await reading(kept, look, async () => {
      kept.comes(told('quick'));
      await until(() => kept.done.length > 0, 'the quick one to be read');
      expect(kept.done).toEqual(['of quick']);
      answer();
      await until(() => kept.done.length === 2, 'the slow one to be read');
    });
  });

  it('is looked into again, later each time, where the platform gives no answer', async () => {
    const kept = new Kept([told('one', 1), told('other', 4)]);

    await reading(kept, doubt, () => until(() => kept.postponed.length === 2, 'both to be postponed'));

    expect(kept.postponed).toEqual(['of one for 5', 'of other for 300']);
    expect(kept.done).toEqual([]);
  });

  it('is left to its turn among all runs after five tries', async () => {
    const kept = new Kept([told('one', 5)]);

    await reading(kept, doubt, () => until(() => kept.done.length === 1, 'it to be given up'));

    expect(kept.postponed).toEqual([]);
  });
});

const doubt = (): Promise<never> => Promise.reject(new InDoubt('No answer'));
