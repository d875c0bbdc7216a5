import { setTimeout as passed } from 'node:timers/promises';
import { send, type Said } from './connections.js';
import { uniqueValue } from './starts.js';
import type { World } from './world.js';

export interface OneKey {
  readonly runs: number;
  /** Ids of processes that the callers were told. */
  readonly ids: ReadonlySet<string>;
  readonly answers: number;
}

/** Sends the same start under one key that often at once to all replicas; the first replica is killed meanwhile. */
export async function oneKeyAtOnce(world: World, requests: number, killAfterMs: number): Promise<OneKey> {
  const unique = uniqueValue();
  const [chosen] = world.starts;
  const [victim] = world.replicas;
  if (!chosen || !victim) throw new Error('There is something to start, and somebody to start it');
  const body = { connection: chosen.connection, ...chosen.start.fields(unique) };
  // Whatever else a caller hears, its key is what it repeats.
  const insist = async (number: number): Promise<Said> => {
    for (let tries = number; ; tries++) {
      const urls = world.urls();
      const url = urls[tries % urls.length] ?? '';
      const said = await send({ url }, unique, body, 'wait=10').catch(() => null);
      if (said && said.status < 300) return said;
      await passed(20 + Math.random() * 100);
    }
  };
  const all = Promise.all(Array.from({ length: requests }, (_, number) => insist(number)));
  await passed(killAfterMs);
  await victim.end();
  const [answers] = await Promise.all([all, world.replace(victim)]);
  return {
    runs: (await world.executed()).filter((one) => one === unique).length,
    ids: new Set(answers.flatMap(({ body: { id } }) => id ?? [])),
    answers: answers.length,
  };
}
