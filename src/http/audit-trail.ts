import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { textIn } from '../lib/json.js';
import type { Log } from '../lib/log.js';
import type { Audit, DeedResult } from '../security/audit.js';
import type { RefusedCallers } from '../security/refused-callers.js';
import { deedOf } from './audited-routes.js';
import { problemType } from './problem-answer.js';
import { uuidForm } from './cursor.js';

declare module 'fastify' {
  interface FastifyRequest {
    /** The line of what this request is about to do; `null`: it has none. */
    auditLine: string | null;
  }
}

export interface AuditTrailParts {
  readonly audit: Audit;
  readonly refused: RefusedCallers;
  readonly log: Log;
}

const turnedAway = new Set(['unauthenticated', 'insufficient-scope', 'address-not-allowed']);

/**
 * Writes a line before whatever a route does that the audit keeps, and its result before the answer goes out. Without the
 * line nothing is done; without the result it says `begun`: what came of it shows at its target.
 */
export function keepAudit(server: FastifyInstance, { audit, refused, log }: AuditTrailParts): void {
  server.decorateRequest('auditLine', null);
  server.addHook('preHandler', async (request) => {
    const { caller, ip: address, traceId } = request;
    const deed = caller && deedOf(request);
    if (!caller || !deed) return;
    const actor = { clientId: caller.clientId, client: caller.name, address, traceId };
    request.auditLine = await audit.begin(actor, deed);
  });
  server.addHook('onSend', async (request, reply, payload) => {
    const { auditLine, ip: address } = request;
    const code = problemIn(reply, payload);
    if (auditLine === null) {
      if (code !== null && turnedAway.has(code)) refused.count({ address, code });
      return;
    }
    try {
      await audit.end(auditLine, code === null ? resultOf(request, reply, payload) : { result: code, target: null });
    } catch (error) {
      // What was done is done, and its caller is told; the line goes on saying "begun".
      log.error('audit.unfinished', { traceId: request.traceId, line: auditLine, error });
    }
  });
}

function resultOf(request: FastifyRequest, reply: FastifyReply, payload: unknown): DeedResult {
  return { result: wordOf(reply), target: madeBy(request, reply, payload) };
}

function wordOf(reply: FastifyReply): string {
  if (reply.getHeader('idempotent-replayed') === 'true') return 'replayed';
  return reply.statusCode === 202 ? 'accepted' : 'done';
}

/** What a 201 made, by its `Location`, else by the id in it. */
function madeBy({ routeOptions, params }: FastifyRequest, reply: FastifyReply, payload: unknown): string | null {
  if (reply.statusCode !== 201) return null;
  const location = reply.getHeader('location');
  const [, path] = /\/v1\/([\w/.-]{1,255})$/.exec(typeof location === 'string' ? location : '') ?? [];
  if (path !== undefined) return path;
  const id = textIn(parsed(payload), 'id');
  if (!uuidForm.test(id) || routeOptions.url === undefined) return null;
  const filled = Object.entries(params ?? {}).reduce(
    (url, [name, value]) => url.replace(`:${name}`, String(value)),
    routeOptions.url,
  );
  return `${filled.replace(/^\/v1\//, '')}/${id}`.toLowerCase();
}

function problemIn(reply: FastifyReply, payload: unknown): string | null {
  if (reply.getHeader('content-type') !== problemType) return null;
  return textIn(parsed(payload), 'code') || 'internal-error';
}

function parsed(payload: unknown): unknown {
  if (typeof payload !== 'string' && !Buffer.isBuffer(payload)) return null;
  try {
    return JSON.parse(payload.toString());
  } catch {
    return null;
  }
}
