import { Catch, type ArgumentsHost, type ExceptionFilter } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Log } from '../lib/log.js';
import { KnownError } from '../lib/known-error.js';
import type { AllowedMethods } from './allowed-methods.js';
import { MethodNotAllowed, NotFound, Overloaded } from './door.errors.js';
import { inOurWords } from './foreign-errors.js';
import { Explained } from './problem.js';
import { answerProblem } from './problem-answer.js';
import type { PublicUrl } from './public-url.js';
import { pathOf } from './request.js';

/** What the filter needs to know of the rest of the house. */
export interface FilterTools {
  readonly url: PublicUrl;
  readonly log: Log;
  readonly methods: AllowedMethods;
  /** Whether an error says that the database cannot be used now, whatever was asked of it. */
  isDatabaseTrouble(error: unknown): boolean;
}

/** Turns whatever is thrown into a problem; what nobody foresaw is logged and becomes an internal error. */
@Catch()
export class ProblemFilter implements ExceptionFilter {
  constructor(private readonly tools: FilterTools) {}

  catch(error: unknown, host: ArgumentsHost): void {
    const http = host.switchToHttp();
    const request = http.getRequest<FastifyRequest>();
    const reply = http.getResponse<FastifyReply>();
    if (reply.sent) return;
    const known = this.#known(error, request);
    if (!(known instanceof KnownError || known instanceof Explained)) this.#log(error, request);
    answerProblem(known, request, reply, this.tools.url);
  }

  #known(error: unknown, request: FastifyRequest): unknown {
    if (this.tools.isDatabaseTrouble(error)) {
      const reads = request.method === 'GET' || request.method === 'HEAD';
      this.tools.log.warn('database.unusable', { traceId: request.traceId, error });
      return new Overloaded(reads ? 'not_executed' : 'unknown', { cause: error });
    }
    const known = inOurWords(error, request.routeOptions.config?.takes);
    if (!(known instanceof NotFound) || !request.is404) return known;
    const allowed = this.tools.methods.of(pathOf(request));
    // Behind a wildcard an address takes the method, and there is nothing at it.
    const isOther = allowed.length > 0 && !allowed.includes(request.method);
    return isOther ? new MethodNotAllowed(request.method, allowed) : known;
  }

  #log(error: unknown, request: FastifyRequest): void {
    this.tools.log.error('request.failed', {
      traceId: request.traceId,
      method: request.method,
      route: request.routeOptions.url ?? null,
      error,
    });
  }
}
