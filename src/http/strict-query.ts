import { Injectable, type CanActivate, type ExecutionContext } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { MalformedQuery } from './door.errors.js';
import { Query } from './query-string.js';
import { unknownParameter } from './query-field.js';

const routeArguments = '__routeArguments__';
/** Nest's number for a parameter that is decorated with `@Query()`. */
const queryArgument = '4:';

/**
 * Refuses query parameters on routes that read none; the others refuse by their own class. A guard, since any interceptor
 * makes Nest wrap every handler in observables.
 */
@Injectable()
export class StrictQuery implements CanActivate {
  canActivate(context: ExecutionContext): boolean {
    const { query, routeOptions } = context.switchToHttp().getRequest<FastifyRequest>();
    if (query instanceof Query && query.size > 0 && routeOptions.config.access !== 'public' && !readsQuery(context)) {
      const message = unknownParameter([]);
      throw new MalformedQuery(
        [...query.keys()].map((parameter) => ({ parameter, code: 'unknown-parameter', message })),
      );
    }
    return true;
  }
}

function readsQuery(context: ExecutionContext): boolean {
  const args: unknown = Reflect.getMetadata(routeArguments, context.getClass(), context.getHandler().name);
  return Object.keys(args ?? {}).some((key) => key.startsWith(queryArgument));
}
