import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';

/** The share of one request in what this replica works on. */
export interface Work {
  /** What is only waited for, and costs nothing meanwhile; its request is not counted until it is over. */
  rest<T>(idle: Promise<T>): Promise<T>;
}

/** How many requests that wait for an outcome stand for one in work: they cost memory, and their starts work behind them. */
const restingForOne = 5;

/**
 * How many requests this replica works on, and how many only wait. Beyond `most` each one more would make all of them
 * slower and none of them sooner, so the door sends it away while that is still cheap.
 */
export class Load {
  #inWork = 0;
  #resting = 0;

  /** @param most  e.g. 200: the database takes 20 at a time, and ten times as many answer within a second or so */
  constructor(readonly most: number) {}

  get isFull(): boolean {
    return this.#inWork >= this.most || this.#resting >= this.most * restingForOne;
  }

  /** One request more, until its answer is out or its caller has gone away. */
  begin(reply: FastifyReply): Work {
    let [isCounted, isOver] = [false, false];
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
    reply.raw.once('close', () => {
      uncount();
      isOver = true;
    });
    return {
      rest: async (idle) => {
        uncount();
        this.#resting += 1;
        try {
          return await idle;
        } finally {
          this.#resting -= 1;
          count();
        }
      },
    };
  }
}

/** Counts requests once their bodies have come, however slowly: who sends slowly is no load. */
export function countWork(server: FastifyInstance, load: Load): void {
  server.addHook('preHandler', async (request, reply) => {
    if (isWork(request)) request.work = load.begin(reply);
  });
}

/** Whether a request costs anything; whoever looks after the replica must be answered whatever happens. */
export function isWork({ routeOptions }: FastifyRequest): boolean {
  return routeOptions.url?.startsWith('/v1/') === true;
}
