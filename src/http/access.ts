import { applyDecorators, createParamDecorator, type ExecutionContext } from '@nestjs/common';
import { RouteConfig } from '@nestjs/platform-fastify';
import { ApiHeader, ApiSecurity } from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import type { Caller, Scope } from '../security/caller.js';
import { Unauthenticated } from './door.errors.js';

/**
 * Who may use a route: everybody, everybody on this machine and else administrators, who has the report token of the
 * connection in the path, or who has one of the scopes.
 */
export type Access = 'public' | 'admin-off-loopback' | 'report-token' | readonly Scope[];

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Absent: `admin` only. */
    access?: Access;
    /** The route gives a command under an idempotency key. */
    keyed?: boolean;
    /** What portals call by themselves: forms are read too, and bodies are small. */
    inbound?: boolean;
    /** The media types that it reads, in words; absent: JSON. */
    takes?: string;
    /** It reads its body by itself, while that comes in. */
    streams?: boolean;
    /** It also answers with a stream of events. */
    tells?: boolean;
  }
}

/** Opens a route to callers that have one of the scopes; `admin` always may. */
export function Scopes(...scopes: readonly [Scope, ...Scope[]]): MethodDecorator & ClassDecorator {
  // Where the door finds it before it reads a body; Nest's guards would come after.
  return applyDecorators(RouteConfig({ access: scopes }), ...shownScopes(scopes));
}

/** As `Scopes`, for a route that commands: it takes an `Idempotency-Key`, or makes one, and names it in every answer. */
export function Commands(...scopes: readonly [Scope, ...Scope[]]): MethodDecorator {
  return applyDecorators(
    RouteConfig({ access: scopes, keyed: true }),
    ...shownScopes(scopes),
    ApiHeader({
      name: 'Idempotency-Key',
      required: false,
      description:
        'Names this command: repeated with the same key and body, it is carried out once. 1 to 255 visible ASCII characters.',
      schema: { type: 'string', minLength: 1, maxLength: 255 },
    }),
  );
}

/** For the document: each of the scopes is enough, with a key as with a token. */
function shownScopes(scopes: readonly Scope[]): (MethodDecorator & ClassDecorator)[] {
  return ['apiKey', 'accessToken'].flatMap((scheme) => scopes.map((scope) => ApiSecurity(scheme, [scope])));
}

/** As `Scopes`, for a route that reads its body while that comes in. @param takes  the media types that it reads, in words */
export function Streams(takes: string, ...scopes: readonly [Scope, ...Scope[]]): MethodDecorator {
  return applyDecorators(RouteConfig({ access: scopes, streams: true, takes }), ...shownScopes(scopes));
}

/** As `Scopes`, for a route that also answers with a stream of events (Server-Sent Events). */
export function Tells(...scopes: readonly [Scope, ...Scope[]]): MethodDecorator {
  return applyDecorators(RouteConfig({ access: scopes, tells: true }), ...shownScopes(scopes));
}

/** The command may take its time, and the caller says how long to be held. */
export function Waits(): MethodDecorator {
  return ApiHeader({
    name: 'Prefer',
    required: false,
    description: '`respond-async` answers 202 at once; `wait=N` holds at most N seconds (55 at most).',
    schema: { type: 'string', example: 'wait=10' },
  });
}

/** Opens a route to everybody. */
export function Public(): MethodDecorator {
  return RouteConfig({ access: 'public' });
}

/** For what portals call by themselves: public, since the proof stands in the body, or by the report token of the connection. */
export function Inbound(access: Extract<Access, 'public' | 'report-token'>): MethodDecorator {
  const form = 'application/x-www-form-urlencoded';
  return RouteConfig({ access, inbound: true, takes: access === 'public' ? form : `application/json or ${form}` });
}

/** Gives a controller method its caller. */
export const CurrentCaller = createParamDecorator((_: unknown, context: ExecutionContext): Caller => {
  const { caller } = context.switchToHttp().getRequest<FastifyRequest>();
  if (!caller) throw new Unauthenticated(false);
  return caller;
});
