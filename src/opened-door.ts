import { isIP } from 'node:net';
import { createApp } from './app.js';
import { holdNobody, registerSandboxes, startParts, type Ground } from './app.module.js';
import type { Config } from './config.js';
import type { Closing } from './lib/closing.js';
import { listeningPort } from './lib/listening-port.js';
import { MoreAcceptors } from './lib/more-acceptors.js';
import type { RunningSandbox } from './sandbox.js';
import { keepBootstrapClient, keepLocalClient } from './security/fixed-clients.js';
import { PostgresClientStore } from './storage/client.store.js';
import type { Database } from './storage/database.js';

/** Connections that may wait to be accepted: where a burst is longer than that, the kernel has callers try for seconds. */
const mostUnaccepted = 4096;

/** How long a stop waits for answers that are being read; nobody is held any longer by then. */
const longestAnswerMs = 5000;

/** A gateway that runs. */
export interface Gateway {
  /** Where it listens, e.g. `http://127.0.0.1:3000`. */
  readonly url: string;
  /** As callers know it: PUBLIC_URL, else `url`. */
  readonly publicUrl: string;
  /** Takes nothing new, answers what it has, and stops; the database last. Never throws. */
  close(): Promise<void>;
}

/** What else the door needs to know. */
export interface DoorParts {
  readonly running: readonly RunningSandbox[];
  readonly acceptors: number;
}

/** Puts the application on its ground, starts what works by itself, and listens. */
export async function openDoor(ground: Ground, closing: Closing, { running, acceptors }: DoorParts): Promise<Gateway> {
  const { config, url, readiness, closedPorts } = ground;
  await keepClients(config, ground.database);
  const app = await createApp(ground);
  await registerSandboxes(app, running);
  await startParts(app, closing);
  let more: MoreAcceptors | null = null;
  closing.add('door', () => closeDoor(app, more));
  await app.listen({ port: config.port, host: config.host, backlog: mostUnaccepted });
  const port = listeningPort(app.getHttpServer());
  if (acceptors > 1) more = new MoreAcceptors(app.getHttpServer(), acceptors - 1, mostUnaccepted);
  closedPorts.add(port);
  const listens = urlOf(config.host, port);
  if (config.publicUrl === null) url.set(listens);
  return {
    url: listens,
    publicUrl: url.base,
    close: async () => {
      readiness.stop();
      holdNobody(app);
      await closing.closeAll();
    },
  };
}

/** Answers what is under way; whoever does not read an answer in time keeps nobody from stopping. */
async function closeDoor(app: Awaited<ReturnType<typeof createApp>>, more: MoreAcceptors | null): Promise<void> {
  const timer = setTimeout(() => app.getHttpServer().closeAllConnections(), longestAnswerMs);
  try {
    await Promise.all([app.close(), more?.close()]);
  } finally {
    clearTimeout(timer);
  }
}

async function keepClients(config: Config, database: Database): Promise<void> {
  const store = new PostgresClientStore(database);
  if (!config.auth) await keepLocalClient(store);
  if (config.bootstrapApiKey !== null) await keepBootstrapClient(store, config.bootstrapApiKey);
}

function urlOf(host: string, port: number): string {
  return `http://${isIP(host) === 6 ? `[${host}]` : host}:${port}`;
}
