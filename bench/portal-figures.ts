import { randomBytes } from 'node:crypto';
import { startMuchAtOnce } from '../test/proofs/batches.js';
import { newDatabase } from '../test/proofs/own-postgres.js';
import { sessionThroughput } from '../test/proofs/session-throughput.js';
import { coldStarts, type ColdStarts } from './cold-start.js';
import { median, shown } from './figures.js';
import { RoundDisagrees } from './round.js';
import type { Figures, Measured } from './wanted.js';

/** A thousand starts at a portal that counts and refuses, by two replicas. */
export async function limitedPortalFigures(serverUrl: string): Promise<Figures> {
  const { once, ms, requests, refused, unknown } = await startMuchAtOnce(await newDatabase(serverUrl));
  if (!once || unknown > 0) throw new RoundDisagrees(`Not each start was executed once and known: ${unknown} unknown`);
  return {
    limitedPortal: { figure: ms / 1000, told: `${shown(ms / 1000, 1)} s` },
    limitedRequests: { figure: requests, told: `${requests}, answered 503: ${refused}` },
  };
}

/** Four sessions of an instance that locks them, to one. */
export async function sessionFigures(serverUrl: string): Promise<Figures> {
  const { one, four } = await sessionThroughput(await newDatabase(serverUrl));
  return { sessions: { figure: four / one, told: `${shown(four, 2)}/s to ${shown(one, 2)}/s` } };
}

/** From its start until it is ready, the first of each database aside. */
export async function coldStartFigures(serverUrl: string): Promise<Figures> {
  const { external, embedded } = await coldStarts(
    await newDatabase(serverUrl),
    `bench:${randomBytes(32).toString('base64')}`,
  );
  return { coldExternal: later(external), coldEmbedded: later(embedded) };
}

function later([, ...begun]: ColdStarts['external']): Measured {
  const figure = median(begun.map(({ seconds }) => seconds));
  const cpu = median(begun.map(({ cpu }) => cpu ?? Number.NaN));
  return { figure, told: `${shown(figure, 1)} s (CPU ${shown(cpu, 1)} s)` };
}
