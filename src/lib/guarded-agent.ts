import { Agent as HttpAgent, type AgentOptions } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import { isIP, type TcpNetConnectOpts } from 'node:net';
import type { Duplex } from 'node:stream';
import { checkedLookup, denied } from './checked-lookup.js';
import type { Resolve } from './egress-address.js';
import { NotSent } from './exchange.js';
import type { MayDial } from './egress-rules.js';

/** What the sockets of a pair of agents keep to. */
export interface AgentRules {
  /** Where a dial to this host may go. */
  readonly mayDial: (host: string) => MayDial;
  readonly resolve: Resolve;
  /** Asked once the socket stands; false: it is thrown away unused. */
  readonly mayWrite?: () => boolean;
  /** Told when a socket is handed to a request: from then on bytes may have left. */
  readonly onHandedOver?: () => void;
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
  rules: AgentRules,
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
    if (rules.mayWrite && !rules.mayWrite()) {
      dialled.destroy();
      done(new NotSent('late', 'The time to send was over when the connection stood'), dialled);
      return;
    }
    rules.onHandedOver?.();
    done(null, dialled);
  });
  return noSocket;
}

function notSent(cause: Error): NotSent {
  if (cause instanceof NotSent) return cause;
  return new NotSent('unreachable', `No connection: ${'code' in cause ? String(cause.code) : 'no code'}`);
}

class GuardedHttpAgent extends HttpAgent {
  readonly #rules: AgentRules;

  constructor(options: AgentOptions, rules: AgentRules) {
    super(options);
    this.#rules = rules;
  }

  override createConnection(options: TcpNetConnectOpts, done: Done): Duplex {
    const dialled = dial(options, this.#rules, (checked) => super.createConnection(checked));
    return handOver(dialled, this.#rules, { standing: 'connect', done });
  }
}

class GuardedHttpsAgent extends HttpsAgent {
  readonly #rules: AgentRules;

  constructor(options: AgentOptions, rules: AgentRules) {
    super(options);
    this.#rules = rules;
  }

  override createConnection(options: TcpNetConnectOpts, done: Done): Duplex {
    const dialled = dial(options, this.#rules, (checked) => super.createConnection(checked));
    return handOver(dialled, this.#rules, { standing: 'secureConnect', done });
  }
}

/** A pair of agents whose sockets stand and are allowed before a request gets them. */
export function guardedAgents(options: AgentOptions, rules: AgentRules): { http: HttpAgent; https: HttpsAgent } {
  return { http: new GuardedHttpAgent(options, rules), https: new GuardedHttpsAgent(options, rules) };
}
