import type { Hold } from './processes/hold.js';

/** What was done and what a person does next, for a terminal. */
export function whatToDo({ id, because, noticedAt }: Hold): string {
  return `The hold ${id} is open since ${noticedAt.toISOString()}, with an incident "database-restored".
${because}

Until it is released no replica sends a start. New ones are accepted and wait: queued, waitingFor "restored".

Next:
  1  Start the gateway, if it does not run.
  2  Find the incident: GET /v1/incidents?kind=database-restored&state=open
  3  For each start that is queued, look at the platform. If it has run there, adopt it:
     POST /v1/incidents/{id}/resolve  {"action":"adopt","processId":"…","nativeId":"…","reason":"…"}
  4  Release: POST /v1/incidents/{id}/resolve  {"action":"release","reason":"…"}
     It is refused, and says until when, while a request from before the restore may still run.

More: src/storage/README.md, "After a restore".
`;
}
