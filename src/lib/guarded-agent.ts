import type { Agent as HttpAgent, AgentOptions } from 'node:http';
import type { Agent as HttpsAgent } from 'node:https';
import type { TcpNetConnectOpts } from 'node:net';
import type { Duplex } from 'node:stream';
import { RequestFilteringHttpAgent, RequestFilteringHttpsAgent } from 'request-filtering-agent';
import { NotSent } from './exchange.js';

/** Addresses that may be dialled although private, as single addresses or CIDRs. */
export interface AgentRules extends AgentOptions {
  readonly allowIPAddressList: string[];
  /** Asked once the socket stands; false: it is thrown away unused. */
  readonly mayWrite?: () => boolean;
  /** Told when a socket is handed to a request: from then on bytes may have left. */
  readonly onHandedOver?: () => void;
}

type Done = (error: Error | null, socket: Duplex) => void;

// An agent of Node hands a socket over while it still connects, so an error cannot be told from one after the first
// byte. These hand it over when it stands: every error before that is a NotSent.
function handOver(socket: Duplex, standing: 'connect' | 'secureConnect', rules: AgentRules, done: Done): void {
  const failed = (error: Error): void => done(notSent(error), socket);
  socket.once('error', failed);
  socket.once(standing, () => {
    socket.off('error', failed);
    if (rules.mayWrite && !rules.mayWrite()) {
      socket.destroy();
      done(new NotSent('late', 'The time to send was over when the connection stood'), socket);
      return;
    }
    rules.onHandedOver?.();
    done(null, socket);
  });
}

function notSent(cause: Error): NotSent {
  const code = 'code' in cause ? String(cause.code) : null;
  // The filter's own refusals are the only errors of a dial without a code.
  if (code === null) return new NotSent('denied', 'The egress guard does not allow this address');
  return new NotSent('unreachable', `No connection: ${code}`);
}

// Node takes a returned socket as ready; nothing returned means that `done` will tell.
// oxlint-disable-next-line typescript/no-unsafe-type-assertion -- Node allows this, its types do not
const toldByDone = undefined as unknown as Duplex;

class GuardedHttpAgent extends RequestFilteringHttpAgent {
  readonly #rules: AgentRules;

  constructor(rules: AgentRules) {
    super(rules);
    this.#rules = rules;
  }

  override createConnection(options: TcpNetConnectOpts, done: Done): Duplex {
    handOver(super.createConnection(options), 'connect', this.#rules, done);
    return toldByDone;
  }
}

class GuardedHttpsAgent extends RequestFilteringHttpsAgent {
  readonly #rules: AgentRules;

  constructor(rules: AgentRules) {
    super(rules);
    this.#rules = rules;
  }

  override createConnection(options: TcpNetConnectOpts, done: Done): Duplex {
    handOver(super.createConnection(options), 'secureConnect', this.#rules, done);
    return toldByDone;
  }
}

/** A pair of agents whose sockets stand and are allowed before a request gets them. */
export function guardedAgents(rules: AgentRules): { http: HttpAgent; https: HttpsAgent } {
  return { http: new GuardedHttpAgent(rules), https: new GuardedHttpsAgent(rules) };
}
