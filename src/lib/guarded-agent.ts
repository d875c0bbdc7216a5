import { Agent as HttpAgent, type AgentOptions, type ClientRequest } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import { isIP, type TcpNetConnectOpts } from 'node:net';
import type { Duplex } from 'node:stream';
import { checkedLookup, denied } from './checked-lookup.js';
import type { Resolve } from './egress-address.js';
import { NotSent } from './exchange.js';
import type { MayDial } from './egress-rules.js';
import { kept, recentForMs, reused, type Handing } from './recent-sockets.js';

/** What the sockets of a pair of agents keep to. */
export interface AgentRules {
  /** Where a dial to this host may go. */
  readonly mayDial: (host: string) => MayDial;
  readonly resolve: Resolve;
}

type Done = (error: Error | null, socket: Duplex) => void;

// Node takes a returned socket as ready; nothing returned means that `done` will tell. With an error it asks for no
// socket, though its types do.
// oxlint-disable-next-line typescript/no-unsafe-type-assertion -- Node allows this, its types do not
const noSocket = undefined as unknown as Duplex;

/** Dials where it is allowed; a literal address is never looked up, so it is asked about here. */
function dial(
  options: TcpNetConnectOpts,
  rules: AgentRules,
  connect: (checked: TcpNetConnectOpts) => Duplex | null | undefined,
) {
  const { host = 'localhost' } = options;
  // oxlint-disable-next-line typescript/no-unnecessary-type-conversion -- Node's types say number; axios gives digits
  const port = Number(options.port);
  const mayReach = (address: string): boolean => rules.mayDial(host)(address, port);
  if (isIP(host) !== 0 && !mayReach(host)) return denied();
  const dialled = connect({ ...options, host, lookup: checkedLookup(rules.resolve, mayReach) });
  return dialled ?? new NotSent('unreachable', 'No connection: no socket');
}

// An agent of Node hands a socket over while it still connects, so an error cannot be told from one after the first
// byte. These hand it over when it stands: every error before that is a NotSent.
function handOver(
  dialled: Duplex | NotSent,
  handing: Handing | null,
  { standing, done }: { readonly standing: 'connect' | 'secureConnect'; readonly done: Done },
): Duplex {
  if (dialled instanceof NotSent) {
    process.nextTick(() => done(dialled, noSocket));
    return noSocket;
  }
  const failed = (error: Error): void => done(notSent(error), dialled);
  dialled.once('error', failed);
  dialled.once(standing, () => {
    dialled.off('error', failed);
    if (handing && !handing.mayWrite()) {
      dialled.destroy();
      done(new NotSent('late', 'The time to send was over when the connection stood'), dialled);
      return;
    }
    handing?.onHandedOver();
    done(null, dialled);
  });
  return noSocket;
}

function notSent(cause: Error): NotSent {
  if (cause instanceof NotSent) return cause;
  return new NotSent('unreachable', `No connection: ${'code' in cause ? String(cause.code) : 'no code'}`);
}

class GuardedHttpAgent extends HttpAgent {
  /** Of the one command that this agent is for; `null`: any socket will do. */
  readonly handing: Handing | null = null;

  constructor(
    options: AgentOptions,
    private readonly rules: AgentRules,
  ) {
    super(options);
  }

  override createConnection(options: TcpNetConnectOpts, done: Done): Duplex {
    const dialled = dial(options, this.rules, (checked) => super.createConnection(checked));
    return handOver(dialled, this.handing, { standing: 'connect', done });
  }

  override keepSocketAlive(socket: Duplex): boolean {
    const isKept = super.keepSocketAlive(socket);
    if (isKept) kept(socket);
    return isKept;
  }

  override reuseSocket(socket: Duplex, request: ClientRequest): void {
    super.reuseSocket(socket, request);
    if (this.handing) reused(socket, request, this.handing);
  }
}

class GuardedHttpsAgent extends HttpsAgent {
  /** Of the one command that this agent is for; `null`: any socket will do. */
  readonly handing: Handing | null = null;

  constructor(
    options: AgentOptions,
    private readonly rules: AgentRules,
  ) {
    super(options);
  }

  override createConnection(options: TcpNetConnectOpts, done: Done): Duplex {
    const dialled = dial(options, this.rules, (checked) => super.createConnection(checked));
    return handOver(dialled, this.handing, { standing: 'secureConnect', done });
  }

  override keepSocketAlive(socket: Duplex): boolean {
    const isKept = super.keepSocketAlive(socket);
    if (isKept) kept(socket);
    return isKept;
  }

  override reuseSocket(socket: Duplex, request: ClientRequest): void {
    super.reuseSocket(socket, request);
    if (this.handing) reused(socket, request, this.handing);
  }
}

/** A pair of agents whose sockets stand and are allowed before a request gets them. */
export interface Agents {
  readonly http: HttpAgent;
  readonly https: HttpsAgent;
}

/**
 * After how long a silent socket is probed. axios says the same of every socket it is given; what differs would cost both
 * eight calls of the system for each request.
 */
const keepAliveMsecs = 60_000;

/** Agents of reads, which reuse any socket that still stands. */
export function agentsOfReads(rules: AgentRules): Agents {
  const options = { keepAlive: true, keepAliveMsecs };
  return { http: new GuardedHttpAgent(options, rules), https: new GuardedHttpsAgent(options, rules) };
}

/**
 * Agents of commands, each pair for one of them: what must not be sent twice goes out on a fresh socket, or on one that had
 * an answer just now. An older one may have been closed by the peer, and a reset on it says nothing about whether the
 * request arrived.
 */
export function agentsOfCommands(rules: AgentRules): (handing: Handing) => Agents {
  const options = { keepAlive: true, keepAliveMsecs, timeout: recentForMs };
  const http = new GuardedHttpAgent(options, rules);
  const https = new GuardedHttpsAgent(options, rules);
  return (handing) => ({ http: forOne(http, handing), https: forOne(https, handing) });
}

/** The same agent with the same sockets, for one command. */
function forOne<OfAgent extends HttpAgent>(agent: OfAgent, handing: Handing): OfAgent {
  // oxlint-disable-next-line typescript/no-unsafe-assignment -- `create` has no type of its own
  const one: OfAgent = Object.create(agent, { handing: { value: handing } });
  return one;
}
