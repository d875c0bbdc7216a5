import type { FastifyInstance, FastifyRequest } from 'fastify';
import { NotNow } from './door.errors.js';

/**
 * What a request waits for: the outcome of its command, which this replica works for meanwhile, or news, which cost
 * nothing until they come.
 */
export type WaitedFor = 'outcome' | 'news';

/** The share of one request in what this replica works on. */
export interface Work {
  /** What is only waited for; its request is not counted among those in work until it is over. */
  rest<T>(waitedFor: WaitedFor, idle: Promise<T>): Promise<T>;
}

/** The answer of a request, as far as it tells that it is over. */
interface Answer {
  readonly destroyed?: boolean;
  once(event: 'close', over: () => void): unknown;
}

/** How many requests that wait stand for one in work: they cost memory alone. */
const restingForOne = 3;

/**
 * How many requests this replica works on, and how many only wait. Beyond `most` each one more would make all of them
 * slower and none of them sooner, so it is sent away while that is still cheap.
 *
 * While the replica is busy a command counts to its outcome: what it is busy with are the commands before. Otherwise
 * whoever waits for an outcome waits for a platform, and stands in nobody's way.
 */
export class Load {
  #inWork = 0;
  readonly #resting = { outcome: 0, news: 0 };

  /**
   * @param most  e.g. 320: as many callers as one replica can answer within a second or two
   * @param busyness  whether it has no time left
   */
  constructor(
    private readonly most: number,
    private readonly busyness: { readonly isBusy: boolean },
  ) {}

  /** @param beside  how many more are to be worked on that were not begun yet */
  isFull(beside = 0): boolean {
    const { outcome, news } = this.#resting;
    const due = this.#inWork + beside;
    if (due >= this.most || outcome + news >= this.most * restingForOne) return true;
    return due + outcome >= this.most && this.busyness.isBusy;
  }

  /** One request more, until its answer is out or its caller has gone away. */
  begin(answer: Answer): Work {
    // Whoever has gone away before does not go again, and would be counted for ever.
    let [isCounted, isOver] = [false, answer.destroyed === true];
    const count = (): void => {
      if (isCounted || isOver) return;
      isCounted = true;
      this.#inWork += 1;
    };
    const uncount = (): void => {
      if (isCounted) this.#inWork -= 1;
      isCounted = false;
    };
    count();
    answer.once('close', () => {
      uncount();
      isOver = true;
    });
    return {
      rest: async (waitedFor, idle) => {
        uncount();
        this.#resting[waitedFor] += 1;
        try {
          return await idle;
        } finally {
          this.#resting[waitedFor] -= 1;
          count();
        }
      },
    };
  }
}

/** Said to whoever is sent away. */
export function sentAway(): NotNow {
  return new NotNow('overloaded', 'This replica has as much to do as it can.', 1);
}

/** Counts requests once their bodies have come, however slowly: who sends slowly is no load. */
export function countWork(server: FastifyInstance, load: Load): void {
  server.addHook('preHandler', async (request, reply) => {
    if (!isWork(request)) return;
    // Many may have been let in while the last of them was not counted yet.
    if (load.isFull()) throw sentAway();
    request.work = load.begin(reply.raw);
  });
}

/** Whether a request costs anything; whoever looks after the replica must be answered whatever happens. */
function isWork({ routeOptions }: FastifyRequest): boolean {
  return routeOptions.url?.startsWith('/v1/') === true;
}
