import { connect, createServer, type Socket } from 'node:net';
import { listeningPort } from '../../src/lib/listening-port.js';
import { PostgresMessages, Statements, type PostgresMessage } from './postgres-messages.js';

/** What becomes of a statement: its connection is lost before the server has it, or after the server has committed it. */
export type StatementFault = 'lost-before' | 'answer-lost';

/** A TCP proxy before a Postgres server. */
export interface PostgresProxy {
  /** The url of the same database through the proxy. */
  readonly url: string;
  /**
   * The next statements whose text holds the marker meet this fault, one after another; later ones pass.
   *
   * @param marker  e.g. `accept` in a comment at the start of each statement
   */
  fail(marker: string, fault: StatementFault, times?: number): void;
  /** How many faults are still to come. */
  readonly pending: number;
  /** No fault is to come any more. */
  forget(): void;
  close(): Promise<void>;
}

interface Planned {
  readonly marker: string;
  readonly fault: StatementFault;
}

/** @param url  of a server without TLS, by TCP or by a socket's directory in `?host=` */
export async function startPostgresProxy(url: string): Promise<PostgresProxy> {
  const planned: Planned[] = [];
  const open = new Set<Socket>();
  const take = (text: string): StatementFault | null => {
    const index = planned.findIndex(({ marker }) => text.includes(marker));
    return index < 0 ? null : (planned.splice(index, 1)[0]?.fault ?? null);
  };
  const server = createServer((client) => {
    const upstream = connect(addressIn(url));
    for (const socket of [client, upstream]) {
      open.add(socket);
      socket.once('close', () => open.delete(socket));
    }
    serve(client, upstream, take);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: through(url, listeningPort(server)),
    fail: (marker, fault, times = 1) => planned.push(...Array.from({ length: times }, () => ({ marker, fault }))),
    get pending() {
      return planned.length;
    },
    forget: () => void planned.splice(0),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of open) socket.destroy();
      }),
  };
}

function serve(client: Socket, upstream: Socket, take: (text: string) => StatementFault | null): void {
  const asked = new PostgresMessages(true);
  const said = new PostgresMessages(false);
  const statements = new Statements();
  let losesAnswer = false;
  const lose = (): void => {
    client.resetAndDestroy();
    // In order, so that the server has read all that was passed on.
    upstream.end();
  };
  client.on('data', (chunk) => {
    for (const message of asked.add(chunk)) {
      const text = statements.runBy(message);
      const fault = text === null ? null : take(text);
      if (fault === 'lost-before') return lose();
      if (fault === 'answer-lost') losesAnswer = true;
      upstream.write(message.bytes);
    }
  });
  upstream.on('data', (chunk) => {
    for (const message of said.add(chunk)) {
      // Inside a transaction it is the answer to the commit that is lost.
      if (losesAnswer && isAtRest(message)) return lose();
      if (!losesAnswer) client.write(message.bytes);
      else held.push(message.bytes);
      if (losesAnswer && message.type === 'Z') client.write(Buffer.concat(held.splice(0)));
    }
  });
  const held: Buffer[] = [];
  client.on('error', () => upstream.destroy());
  client.on('close', () => upstream.end());
  upstream.on('error', () => client.destroy());
  upstream.on('close', () => client.destroy());
}

/** ReadyForQuery outside a transaction: whatever ran is committed. */
function isAtRest({ type, bytes }: PostgresMessage): boolean {
  return type === 'Z' && bytes.toString('latin1', 5, 6) === 'I';
}

function addressIn(url: string): { readonly path: string } | { readonly port: number; readonly host: string } {
  const { port, hostname, searchParams } = new URL(url);
  const directory = searchParams.get('host');
  if (directory !== null) return { path: `${directory}/.s.PGSQL.${port || '5432'}` };
  return { host: hostname, port: Number(port || '5432') };
}

function through(url: string, port: number): string {
  const changed = new URL(url);
  changed.searchParams.delete('host');
  changed.host = `127.0.0.1:${port}`;
  return changed.href;
}
