import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { uuidv7 } from '../lib/uuid.js';
import { isLoopbackHost } from '../lib/loopback.js';
import { has } from '../security/caller.js';
import { windowSeconds, type Quota } from '../security/quota.js';
import { acceptsJson, asksForStream } from './accept.js';
import { readBulkBodies } from './bulk-body.js';
import { admissionOf, requireScope, type Admission, type Admit } from './authenticate.js';
import { unboundCursor } from './cursor.js';
import { NotFound, NotNow, Unreadable } from './door.errors.js';
import { idempotencyKeyIn, idempotencyKeyOf } from './idempotency-key.js';
import { maxInboundBytes, readInboundBodies } from './inbound-body.js';
import { readJsonBodies } from './json-body.js';
import { countWork, type Load } from './load.js';
import type { PublicUrl } from './public-url.js';
import { Query, readQuery } from './query-string.js';
import { requireReportToken, type ProvesReport } from './report-proof.js';
import { requireOwnSite } from './same-site.js';

const kibi = 1024;
const maxBodyBytes = kibi * kibi;
const maxSigningBytes = 24 * kibi * kibi;

/** What the door asks before a body is read. */
export interface DoorRules {
  readonly url: PublicUrl;
  readonly admit: Admit;
  readonly quota: Quota;
  readonly provesReport: ProvesReport;
  readonly load: Load;
  /** True once the gateway is to stop: from then on nothing new is taken. */
  readonly isStopping: () => boolean;
}

/** Puts the questions to every request: from our own site, readable, by whom, permitted. The body comes after them. */
export function guardDoor(
  server: FastifyInstance,
  { url, admit, quota, provesReport, load, isStopping }: DoorRules,
): void {
  server.addHook('onRequest', async (request, reply) => {
    if (isStopping()) void reply.header('connection', 'close');
    if (request.routeOptions.config.keyed) nameKey(request, reply);
    const route = request.routeOptions.url ?? '';
    if (route.startsWith('/healthz/')) return;
    if (isStopping()) throw new NotNow('shutting-down', 'This replica is stopping.', 1);
    if (route !== '/metrics') requireOwnSite(request, url);
    // Before the body: what is for nobody is not read.
    if (request.is404) throw new NotFound();
    if (holdsNoName(request.params)) throw new NotFound();
    const { access } = request.routeOptions.config;
    if (route.startsWith('/v1/')) (request as { query: unknown }).query = readQuery(request.raw.url ?? '/');
    if (access === 'public' || (access === 'admin-off-loopback' && isFromHere(request))) return;
    if (access === 'report-token') return requireReportToken(request, provesReport);
    const admission = await admissionOf(request, admit);
    request.caller = admission.caller;
    void reply.header('cache-control', 'no-store');
    // Before the scope is asked for: what is refused costs the same, so it counts the same.
    await count(admission, quota, reply);
    requireScope(admission.caller, access);
    if (request.query instanceof Query) ownCursors(request.query, admission.caller.clientId);
    if (route.startsWith('/v1/')) requireAcceptable(request);
    if (request.routeOptions.config.keyed) {
      idempotencyKeyOf(request.headers['idempotency-key'], admission.caller.requireIdempotencyKey);
    }
  });
  server.addHook('onSend', async (_, reply) => {
    // An answer to what came before the stop would leave its socket open, and the stop would wait for that.
    if (isStopping()) void reply.header('connection', 'close');
  });
  readJsonBodies(server, maxBytesOf);
  readBulkBodies(server);
  countWork(server, load);
  readInboundBodies(server);
}

/** @throws Unreadable  its caller takes nothing that the route answers */
function requireAcceptable({ headers: { accept }, routeOptions }: FastifyRequest): void {
  if (acceptsJson(accept) || (routeOptions.config.tells && asksForStream(accept))) return;
  throw new Unreadable('not-acceptable', 'This route answers application/json; accept it.');
}

/** Cursors are bound to whom they were given to. */
function ownCursors(query: Query, clientId: string): void {
  const given = query.get('cursor');
  if (given) {
    query.set(
      'cursor',
      given.map((cursor) => unboundCursor(cursor, clientId)),
    );
  }
}

/** Every answer to a keyed command, errors too, names the key, so that its caller can repeat it. */
function nameKey(request: FastifyRequest, reply: FastifyReply): void {
  const given = request.headers['idempotency-key'];
  const key = given === undefined ? uuidv7() : idempotencyKeyIn(given);
  // One that is no key is refused once the caller is known; there is nothing to name then.
  if (key === null) return;
  request.idempotencyKey = key;
  void reply.header('idempotency-key', key);
}

/** Names are those of the IETF's RateLimit header fields. @throws NotNow */
async function count({ caller, requestsPerMinute }: Admission, quota: Quota, reply: FastifyReply): Promise<void> {
  if (requestsPerMinute === null) return;
  const { isOver, limit, remaining, resetSeconds } = await quota.take(caller.clientId, requestsPerMinute);
  void reply.headers({
    'ratelimit-policy': `"client";q=${limit};w=${windowSeconds}`,
    ratelimit: `"client";r=${remaining};t=${resetSeconds}`,
  });
  if (!isOver) return;
  throw new NotNow('quota-exceeded', `This client may make ${limit} requests a minute.`, resetSeconds);
}

function maxBytesOf({ method, routeOptions, caller }: FastifyRequest): number {
  if (routeOptions.config.inbound === true) return maxInboundBytes;
  const mayBeSigning = method === 'POST' && routeOptions.url === '/v1/processes';
  return mayBeSigning && caller && has(caller, 'processes:sign') ? maxSigningBytes : maxBodyBytes;
}

// A proxy on this machine, too, comes from loopback; it says for whom it asks.
function isFromHere({ ip, headers }: FastifyRequest): boolean {
  return isLoopbackHost(ip) && headers['x-forwarded-for'] === undefined && headers['forwarded'] === undefined;
}

// The router also takes nothing at all for a name.
function holdsNoName(params: unknown): boolean {
  return Object.values(params ?? {}).some(
    (value) => value === '' || (typeof value === 'string' && value.includes('\0')),
  );
}
