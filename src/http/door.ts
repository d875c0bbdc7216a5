import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { v7 as uuidv7 } from 'uuid';
import { has, type Caller } from '../security/caller.js';
import { callerOf, type Admit } from './authenticate.js';
import { NotFound, NotNow } from './door.errors.js';
import { idempotencyKeyOf } from './idempotency-key.js';
import { readJsonBodies } from './json-body.js';
import type { PublicUrl } from './public-url.js';
import { readQuery } from './query-string.js';
import { requireOwnSite } from './same-site.js';

const kibi = 1024;
const maxBodyBytes = kibi * kibi;
const maxSigningBytes = 24 * kibi * kibi;

/** What the door asks before a body is read. */
export interface DoorRules {
  readonly url: PublicUrl;
  readonly admit: Admit;
  /** True once the gateway is to stop: from then on nothing new is taken. */
  isStopping(): boolean;
}

/** Puts the questions to every request: from our own site, readable, by whom, permitted. The body comes after them. */
export function guardDoor(server: FastifyInstance, { url, admit, isStopping }: DoorRules): void {
  server.addHook('onRequest', async (request) => {
    const route = request.routeOptions.url ?? '';
    if (route.startsWith('/healthz/')) return;
    if (isStopping()) throw new NotNow('shutting-down', 'This replica is stopping.', 1);
    if (route !== '/metrics') requireOwnSite(request, url);
    if (request.is404) return;
    if (holdsNull(request.params)) throw new NotFound();
    const { access } = request.routeOptions.config;
    if (route.startsWith('/v1/')) (request as { query: unknown }).query = readQuery(request.raw.url ?? '/');
    if (access !== 'public') request.caller = await callerOf(request, access, admit);
  });
  server.addHook('onRequest', async (request, reply) => {
    if (request.caller && request.routeOptions.config.keyed) nameKey(request, reply, request.caller);
  });
  server.addHook('onRequest', (request, reply, done) => {
    if (isStopping()) void reply.header('connection', 'close');
    if (request.caller) void reply.header('cache-control', 'no-store');
    done();
  });
  readJsonBodies(server, maxBytesOf);
}

/** Every answer to a keyed command, errors too, names the key, so that its caller can repeat it. */
function nameKey(request: FastifyRequest, reply: FastifyReply, caller: Caller): void {
  const given = idempotencyKeyOf(request.headers['idempotency-key'], caller.requireIdempotencyKey);
  request.idempotencyKey = given ?? uuidv7();
  void reply.header('idempotency-key', request.idempotencyKey);
}

function maxBytesOf({ method, routeOptions, caller }: FastifyRequest): number {
  const mayBeSigning = method === 'POST' && routeOptions.url === '/v1/processes';
  return mayBeSigning && caller && has(caller, 'processes:sign') ? maxSigningBytes : maxBodyBytes;
}

function holdsNull(params: unknown): boolean {
  return Object.values(params ?? {}).some((value) => typeof value === 'string' && value.includes('\0'));
}
