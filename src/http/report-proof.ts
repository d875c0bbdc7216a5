import type { FastifyRequest } from 'fastify';
import { Unauthenticated } from './door.errors.js';
import { Query } from './query-string.js';

/** Whether this is the report token of this connection. */
export type ProvesReport = (connection: string, token: string) => Promise<boolean>;

/** Asks for the report token, before the body is read. @throws Unauthenticated */
export async function requireReportToken(request: FastifyRequest, proves: ProvesReport): Promise<void> {
  const { params } = request;
  const hasKey = typeof params === 'object' && params !== null && 'connection' in params;
  const connection = hasKey ? String(params.connection) : '';
  const token = tokenIn(request);
  if (token !== null && (await proves(connection, token))) return;
  throw new Unauthenticated(
    token !== null,
    'Send the report token of this connection as Authorization: Bearer, X-Report-Token or ?token=.',
  );
}

function tokenIn({ headers, query }: FastifyRequest): string | null {
  const bearer = /^Bearer +([\x21-\x7e]{1,4096}) *$/i.exec(headers.authorization ?? '')?.[1];
  const header = headers['x-report-token'];
  const [inQuery] = query instanceof Query ? (query.get('token') ?? []) : [];
  return bearer ?? (typeof header === 'string' ? header : (inQuery ?? null));
}
