import type { FastifyReply } from 'fastify';
import { isJsonObject, type Json, type JsonObject } from '../lib/json.js';
import type { FinalAnswer } from '../processes/idempotency.js';
import type { OperationKind } from '../processes/operation.js';
import type { OperationOutcome, Outcomes } from '../processes/outcomes.js';
import type { Process } from '../processes/process.js';
import { CommandRefused, StartRejected } from '../processes/outcome.errors.js';
import { ProcessClosed } from '../processes/process.errors.js';
import type { ProcessReader } from '../processes/process.reader.js';
import { categoryOf } from '../processes/process-state.js';
import type { Commanded } from '../processes/start-command.js';
import { Explained } from './problem.js';
import { isProblemCode, problems } from './problems.js';
import type { Preference } from './prefer.js';
import { processView, type ViewContext } from './process-view.js';

/** A command that was taken, with all that its answer depends on. */
export interface Taken {
  readonly kind: OperationKind;
  readonly commanded: Commanded;
  readonly preference: Preference;
  readonly clientId: string;
  readonly key: string;
  readonly context: ViewContext;
}

/** The status of a final answer, also for those who only look it up. */
export function statusOf(kind: OperationKind, { word, extra }: FinalAnswer): number {
  if (word === 'confirmed') return kind === 'start' ? 201 : 200;
  if (word === 'refused')
    return problems[kind === 'start' ? 'platform-rejected' : new CommandRefused(extra).code].status;
  return word === 'gone' ? problems['process-closed'].status : 200;
}

/** The same of a person's word, behind which no operation stands: an adoption makes a process. */
export function statusOfWord({ word, extra }: FinalAnswer): number {
  if (word === 'refused') return statusOfCall(extra);
  return typeof extra === 'object' && extra !== null && 'adopted' in extra ? 201 : 200;
}

/** Of a raw call that failed. */
function statusOfCall(extra: Json): number {
  const call = isJsonObject(extra) ? extra['call'] : undefined;
  const code = isJsonObject(call) ? call['code'] : undefined;
  return problems[typeof code === 'string' && isProblemCode(code) ? code : 'platform-rejected'].status;
}

/** How long a caller that got 202 should wait before it looks, in seconds. */
const lookAfterSeconds = 1;

/** Answers commands: holds the caller as long as it prefers, and says what stands by then. */
export class CommandAnswers {
  constructor(
    private readonly outcomes: Outcomes,
    private readonly reader: ProcessReader,
  ) {}

  /**
   * @throws StartRejected, CommandRefused  the platform said no
   * @throws ProcessClosed                  there was nothing left to command
   */
  async answer(taken: Taken, reply: FastifyReply): Promise<JsonObject> {
    const { commanded, preference, context } = taken;
    if (preference.applied !== null) void reply.header('preference-applied', preference.applied);
    if (commanded.is === 'existing') return this.#answered(200, commanded.process, taken, reply, null);
    const { operationId, processId } =
      commanded.is === 'known'
        ? commanded.remembered
        : { operationId: commanded.operationId, processId: commanded.process.id };
    if (operationId === null || processId === null) throw new Error(`The key "${taken.key}" is of no operation`);
    void reply.header('location', context.url.of(`/v1/processes/${processId}`)).header('operation-id', operationId);
    if (commanded.is === 'known') void reply.header('idempotent-replayed', 'true');
    const awaited = { operationId, processId, clientId: taken.clientId, key: taken.key };
    const known = commanded.is === 'accepted' ? underWay(commanded.process) : null;
    const waited = this.outcomes.of(awaited, known, preference.waitSeconds * 1000);
    const outcome = await (reply.request.work?.rest('outcome', waited) ?? waited);
    if (outcome.answer) return this.#final(taken, outcome.process, outcome.answer, operationId, reply);
    const isDone = outcome.state === 'done' && categoryOf[outcome.process.state] === 'closed';
    return this.#answered(isDone ? 200 : 202, outcome.process, taken, reply, null);
  }

  async #final(
    taken: Taken,
    process: Process,
    answer: FinalAnswer,
    operationId: string,
    reply: FastifyReply,
  ): Promise<JsonObject> {
    const then = { ...process, ...answer.progress };
    const ids = { processId: process.id, operationId };
    switch (answer.word) {
      case 'confirmed':
        return this.#answered(taken.kind === 'start' ? 201 : 200, then, taken, reply, answer);
      case 'existing':
      case 'unsent':
        return this.#answered(200, then, taken, reply, null);
      case 'gone':
        throw new Explained(new ProcessClosed(then), { ...ids, process: processView(then, taken.context) });
      case 'refused': {
        // A repeated answer carries the trace of the request that was refused.
        const traceId = (await this.reader.operation(operationId))?.traceId;
        const extras = { ...ids, ...(traceId === undefined ? {} : { traceId }) };
        throw new Explained(
          taken.kind === 'start' ? new StartRejected(then) : new CommandRefused(answer.extra),
          extras,
        );
      }
    }
  }

  #answered(
    status: 200 | 201 | 202,
    process: Process,
    { kind, context }: Taken,
    reply: FastifyReply,
    answer: FinalAnswer | null,
  ): JsonObject {
    void reply.code(status).header('location', context.url.of(`/v1/processes/${process.id}`));
    if (status === 202) void reply.header('retry-after', String(lookAfterSeconds));
    const executed = kind === 'complete_element' && answer ? answer.extra : null;
    return isExecuted(executed) ? executed : processView(process, context);
  }
}

function underWay(process: Process): OperationOutcome {
  const state = process.state === 'starting' ? 'sending' : 'queued';
  return { process, state: process.state === 'withdrawn' ? 'done' : state, answer: null };
}

function isExecuted(extra: unknown): extra is JsonObject {
  return typeof extra === 'object' && extra !== null && 'executed' in extra;
}
