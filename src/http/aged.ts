import type { FastifyReply } from 'fastify';
import type { ShowIncidents } from '../incidents/show-incidents.js';
import type { Aged, AgedReads } from '../lib/aged-reads.js';
import type { ProcessReader } from '../processes/process.reader.js';
import type { Audit } from '../security/audit.js';

/** Lists and histories that may come from a read replica. */
export type AgedProcesses = AgedReads<ProcessReader>;
export const AgedProcesses = Symbol('AgedProcesses');
export type AgedIncidents = AgedReads<ShowIncidents>;
export const AgedIncidents = Symbol('AgedIncidents');
export type AgedAudit = AgedReads<Audit>;
export const AgedAudit = Symbol('AgedAudit');

/** What was found; where it came from a read replica, the answer tells how old it may be. */
export function foundIn<Found>({ found, ageSeconds }: Aged<Found>, reply: FastifyReply): Found {
  if (ageSeconds !== null) void reply.header('data-age', String(ageSeconds));
  return found;
}
