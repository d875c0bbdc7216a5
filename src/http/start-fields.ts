import type { StartFields } from '../processes/start-command.js';
import type { StartBody } from './start.dto.js';
import { identifierText } from './start-faults.js';

/** What is to be started, with everything that its caller left out. */
export function startFieldsOf(body: StartBody): StartFields {
  const { subject } = body;
  return {
    connection: body.connection,
    definition: identifierText(body.definition),
    subject: subject && 'id' in subject ? { type: subject.type, id: identifierText(subject.id) } : (subject ?? null),
    variables: body.variables ?? {},
    options: body.options ?? {},
    results: body.results ?? [],
    businessKey: body.businessKey ?? null,
    onBusinessKeyConflict: body.onBusinessKeyConflict ?? 'allow',
    tags: body.tags ?? [],
    metadata: body.metadata ?? {},
    startBefore: body.startBefore === undefined ? null : new Date(body.startBefore),
    startWithinSeconds: body.startWithinSeconds ?? null,
    onIndeterminate: body.onIndeterminate ?? 'block',
  };
}
