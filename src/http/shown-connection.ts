import type { FastifyReply } from 'fastify';
import type { Connection } from '../connections/connection.js';
import { connectionView, type ConnectionView } from './connection.view.js';
import { etagOf } from './etag.js';

/** The parameter of every route below one connection, for the document. */
export const keyParam = { name: 'key', type: String, example: 'sales-portal' } as const;

/** The header of every answer that shows a connection, for the document. */
export const etagHeader = { ETag: { description: 'Of what people set.', schema: { type: 'string' } } } as const;

/** Answers a connection with its ETag. */
export function shownConnection(connection: Connection, reply: FastifyReply): ConnectionView {
  void reply.header('etag', etagOf(connection.version));
  return connectionView(connection);
}
