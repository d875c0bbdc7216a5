import { connect, createServer, type Server, type Socket } from 'node:net';
import { listeningPort } from '../../src/lib/listening-port.js';
import { HttpMessages } from './http-messages.js';

/** How a connection is broken: a reset (RST), or an end (FIN) as of a peer that closes in order. */
export type Break = 'reset' | 'end';

/** What becomes of one request and its answer. Whoever cuts breaks both connections. */
export type Fault =
  | { readonly do: 'pass' }
  /** The portal gets that many bytes of the request; 0: the connection breaks with nothing passed on. */
  | { readonly do: 'cut-request'; readonly after: number; readonly by: Break }
  /** The portal has answered; the caller gets that many bytes of it. */
  | { readonly do: 'cut-answer'; readonly after: number; readonly by: Break }
  /** The portal has answered; the caller gets this instead, as it is. */
  | { readonly do: 'say'; readonly answer: string }
  /** The portal has answered; the caller gets it when the promise resolves, and the connection stays open until then. */
  | { readonly do: 'hold'; readonly until: Promise<unknown> };

export const pass: Fault = { do: 'pass' };

/** A request with its head as it came, and the portal's whole answer to it; `null`: it has given none. */
export interface Seen {
  readonly request: string;
  answer: string | null;
}

/** A TCP proxy before a simulated portal, with real sockets on both sides. */
export interface CuttingProxy {
  /** Without a trailing slash. */
  readonly url: string;
  readonly port: number;
  /** Everything that came in whole, oldest first. */
  readonly exchanges: readonly Seen[];
  /** Connections that were accepted so far. */
  connections(): number;
  close(): Promise<void>;
}

/**
 * @param portal  where to pass on to, on loopback
 * @param faultOf  what becomes of a request, asked when it has come in whole
 * @param atPort  where it listens; 0: at any free port
 */
export async function startCuttingProxy(
  portal: { readonly port: number },
  faultOf: (request: string) => Fault = () => pass,
  atPort = 0,
): Promise<CuttingProxy> {
  const exchanges: Seen[] = [];
  const open = new Set<Socket>();
  let connections = 0;
  const server = createServer((caller) => {
    connections += 1;
    open.add(caller);
    caller.once('close', () => open.delete(caller));
    serve(caller, portal.port, (request) => {
      const seen = { request, answer: null };
      exchanges.push(seen);
      return { seen, fault: faultOf(request) };
    });
  });
  await new Promise<void>((resolve) => server.listen(atPort, '127.0.0.1', resolve));
  const port = listeningPort(server);
  return {
    url: `http://127.0.0.1:${port}`,
    port,
    exchanges,
    connections: () => connections,
    close: () => closed(server, open),
  };
}

interface UnderWay {
  readonly seen: Seen;
  readonly fault: Fault;
}

function serve(caller: Socket, portalPort: number, begin: (request: string) => UnderWay): void {
  const portal = connect(portalPort, '127.0.0.1');
  const requests = new HttpMessages();
  const answers = new HttpMessages();
  const underWay: UnderWay[] = [];
  let delivered = Promise.resolve();
  caller.on('data', (chunk) => {
    for (const asked of requests.add(chunk)) {
      const request = forOneRequest(asked);
      const begun = begin(request.toString('latin1'));
      if (begun.fault.do === 'cut-request')
        void cut({ caller, portal }, { to: portal, bytes: request, ...begun.fault });
      else {
        underWay.push(begun);
        portal.write(request);
      }
    }
  });
  portal.on('data', (chunk) => {
    for (const answer of answers.add(chunk)) {
      const begun = underWay.shift();
      if (begun) begun.seen.answer = answer.toString('latin1');
      delivered = deliver(answer, begun?.fault ?? pass, { caller, portal });
    }
  });
  // What the one side does to its connection is done to the other.
  caller.on('error', () => portal.resetAndDestroy());
  caller.on('close', () => portal.destroy());
  portal.on('error', () => caller.resetAndDestroy());
  // What is still held or cut has its own end.
  portal.on('close', () => void delivered.then(() => caller.end()));
}

/**
 * The request, after whose answer its connection is over: what is cut behind a whole answer must not meet the next request
 * on a connection that is kept.
 */
function forOneRequest(request: Buffer): Buffer {
  return Buffer.from(
    request.toString('latin1').replace(/^connection: keep-alive\r$/im, 'Connection: close\r'),
    'latin1',
  );
}

interface Pair {
  readonly caller: Socket;
  readonly portal: Socket;
}

async function deliver(answer: Buffer, fault: Fault, pair: Pair): Promise<void> {
  if (fault.do === 'cut-answer') return cut(pair, { to: pair.caller, bytes: answer, ...fault });
  if (fault.do === 'hold') await fault.until;
  if (pair.caller.destroyed) return;
  pair.caller.write(fault.do === 'say' ? Buffer.from(fault.answer) : answer);
}

/** Writes that many bytes to one side, and breaks both when they are out. */
async function cut(
  { caller, portal }: Pair,
  { to, bytes, after, by }: { readonly to: Socket; readonly bytes: Buffer; readonly after: number; readonly by: Break },
): Promise<void> {
  await new Promise((resolve) => to.write(bytes.subarray(0, after), resolve));
  for (const side of [caller, portal]) {
    if (by === 'reset') side.resetAndDestroy();
    else side.end();
  }
}

function closed(server: Server, open: ReadonlySet<Socket>): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    for (const socket of open) socket.destroy();
  });
}
