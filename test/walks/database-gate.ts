import type { Socket } from 'node:net';
import { PostgresMessages, Statements, type PostgresMessage } from '../proofs/postgres-messages.js';
import type { StatementFault } from '../proofs/postgres-proxy.js';
import { openByteGate, type ByteGate, type Join } from './byte-gate.js';

/** What one replica has of its database: a gate whose statements can be lost. */
export interface DatabaseGate extends ByteGate {
  /** The url of the database through the gate. */
  readonly url: string;
  /** The next statement with this marker meets the fault, e.g. `accept` in the comment at its start. */
  fail(marker: string, fault: StatementFault): void;
  /** No fault is to come any more. */
  forget(): void;
}

/** @param url  of a database on a server without TLS, by TCP or by a socket's directory in `?host=` */
export async function openDatabaseGate(url: string): Promise<DatabaseGate> {
  const planned: { readonly marker: string; readonly fault: StatementFault }[] = [];
  const take = (text: string): StatementFault | null => {
    const index = planned.findIndex(({ marker }) => text.startsWith(`/* ${marker} */`));
    return index < 0 ? null : (planned.splice(index, 1)[0]?.fault ?? null);
  };
  const gate = await openByteGate(() => addressIn(url), losing(take));
  const through = new URL(url);
  through.searchParams.delete('host');
  through.host = `127.0.0.1:${gate.port}`;
  return {
    ...gate,
    url: through.href,
    fail: (marker, fault) => planned.push({ marker, fault }),
    forget: () => void planned.splice(0),
  };
}

function losing(take: (text: string) => StatementFault | null): Join {
  return (client, upstream) => {
    const asked = new PostgresMessages(true);
    const said = new PostgresMessages(false);
    const statements = new Statements();
    let losesAnswer = false;
    client.on('data', (chunk) => {
      for (const message of asked.add(chunk)) {
        const text = statements.runBy(message);
        const fault = text === null ? null : take(text.trimStart());
        if (fault === 'lost-before') return lose(client, upstream);
        if (fault === 'answer-lost') losesAnswer = true;
        upstream.write(message.bytes);
      }
    });
    const held: Buffer[] = [];
    upstream.on('data', (chunk) => {
      held.push(chunk);
      const messages = said.add(chunk);
      // Inside a transaction it is the answer to the commit that is lost.
      if (losesAnswer && messages.some(isAtRest)) lose(client, upstream);
      else if (!losesAnswer || messages.some(({ type }) => type === 'Z')) client.write(Buffer.concat(held.splice(0)));
    });
  };
}

/** The server's side ends in order, so that it has read all that was passed on. */
function lose(client: Socket, upstream: Socket): void {
  upstream.end();
  client.removeAllListeners('close');
  client.resetAndDestroy();
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
