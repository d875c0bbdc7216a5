import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import type { Load } from './load.js';
import { pathIn } from './request.js';

/**
 * How many requests are begun in one turn of the loop. More would make the turn long, and everything else wait for its
 * end: new connections, answers that are due, and who asks whether this replica is well.
 */
const perTurn = 8;

interface Waiting {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly answer: RequestListener;
}

/** What stands before the framework: begins a few requests in each turn, and sends away what there is no room for. */
export class Front {
  readonly #waiting: Waiting[] = [];
  #begun = 0;

  /** @param sendAway  answers a request that there is no room for, at little cost */
  constructor(
    private readonly load: Load,
    private readonly sendAway: RequestListener,
  ) {}

  /** @param answer  the framework */
  take(request: IncomingMessage, response: ServerResponse, answer: RequestListener): void {
    // Whoever looks after the replica is answered whatever happens.
    if (!pathIn(request.url ?? '/').startsWith('/v1/')) answer(request, response);
    else if (this.load.isFull(this.#waiting.length)) this.sendAway(request, response);
    else if (this.#begun < perTurn) this.#begin({ request, response, answer });
    else this.#waiting.push({ request, response, answer });
  }

  #begin({ request, response, answer }: Waiting): void {
    // Its caller has gone away while it waited.
    if (request.socket.destroyed) return;
    if (this.#begun === 0) setImmediate(() => this.#next());
    this.#begun += 1;
    answer(request, response);
  }

  #next(): void {
    this.#begun = 0;
    for (const one of this.#waiting.splice(0, perTurn)) this.#begin(one);
  }
}
