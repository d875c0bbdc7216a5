import type { FastifyReply, FastifyRequest } from 'fastify';
import type { JsonObject } from '../lib/json.js';
import { remembered } from '../lib/remembered.js';
import { PlatformError } from '../platforms/platform.errors.js';
import { platformKindOf } from '../platforms/registry.js';
import { sees } from '../processes/client.js';
import type { IdempotencyKey } from '../processes/idempotency.js';
import type { OperationKind } from '../processes/operation.js';
import type { Process } from '../processes/process.js';
import { LiveReadFailed } from '../processes/outcome.errors.js';
import { NotFound, ProcessClosed } from '../processes/process.errors.js';
import type { ProcessReader } from '../processes/process.reader.js';
import type { Commanded } from '../processes/start-command.js';
import type { Caller } from '../security/caller.js';
import { visibilityOf } from './client-of.js';
import type { CommandAnswers } from './command-answers.js';
import { Unauthenticated } from './door.errors.js';
import type { Fingerprints } from './fingerprints.js';
import { preferenceOf, type Preference } from './prefer.js';
import { Explained } from './problem.js';
import { processView, type ViewContext, type ViewParts } from './process-view.js';
import type { PublicUrl } from './public-url.js';
import { pathOf } from './request.js';

export interface ProcessDeskParts {
  readonly reader: ProcessReader;
  readonly answers: CommandAnswers;
  readonly url: PublicUrl;
  readonly defaultWaitSeconds: number;
  readonly idempotencyDays: number;
  readonly fingerprints: Fingerprints;
  /** The process as the platform has it now. @throws PlatformError */
  refresh(process: Process): Promise<Process>;
  /** The process with the reason why it waits as of now. */
  waiting(process: Process): Promise<Process>;
}

/** What all routes of processes share: finding, showing, and answering commands. */
export class ProcessDesk {
  readonly reader: ProcessReader;
  readonly idempotencyDays: number;
  /** What callers prefer, by what they said; nearly all say the same. */
  readonly #preference: (prefer: string) => Preference;

  constructor(private readonly parts: ProcessDeskParts) {
    this.reader = parts.reader;
    this.idempotencyDays = parts.idempotencyDays;
    this.#preference = remembered(100, (prefer) => preferenceOf(prefer, parts.defaultWaitSeconds));
  }

  /** `null`: there is none, or this caller may not see it. */
  async seen(id: string, caller: Caller): Promise<Process | null> {
    const process = await this.reader.find(id);
    return process && sees({ visible: visibilityOf(caller) }, process) ? process : null;
  }

  /** @throws NotFound  also where this caller may not see it */
  async visible(id: string, caller: Caller): Promise<Process> {
    const process = await this.seen(id, caller);
    if (!process) throw new NotFound(`process ${id}`);
    return process;
  }

  /** @throws LiveReadFailed  with the stored copy, where the platform cannot be asked */
  async refreshed(process: Process, caller: Caller): Promise<Process> {
    try {
      return await this.parts.refresh(process);
    } catch (error) {
      if (!(error instanceof PlatformError)) throw error;
      const failed = new LiveReadFailed(process.id, error);
      throw new Explained(failed, { processId: process.id, process: this.view(process, caller) });
    }
  }

  /** The view of a process with the reason why it waits as of now. */
  async present(process: Process, caller: Caller): Promise<JsonObject> {
    return this.view(await this.parts.waiting(process), caller);
  }

  view(process: Process, caller: Caller): JsonObject {
    return processView(process, this.#context(caller));
  }

  /** The view of a process as the answer to a command, which says where it is. */
  located(process: Process, caller: Caller, reply: FastifyReply): JsonObject {
    void reply.header('location', this.parts.url.of(`/v1/processes/${process.id}`));
    return this.view(process, caller);
  }

  brief(process: Process, caller: Caller, parts: ViewParts): JsonObject {
    return processView(process, this.#context(caller), parts);
  }

  /** Gives a command; where there is nothing left to command, the problem shows how it ended. */
  async command<T>(caller: Caller, give: () => Promise<T>): Promise<T> {
    try {
      return await give();
    } catch (error) {
      if (!(error instanceof ProcessClosed)) throw error;
      throw new Explained(error, { processId: error.processId, process: this.view(error.process, caller) });
    }
  }

  /** The key that a command came under, with what it binds. No body is the same command as an empty one. */
  keyOf(request: FastifyRequest): IdempotencyKey {
    return {
      clientId: callerIn(request).clientId,
      key: request.idempotencyKey,
      fingerprint: this.parts.fingerprints.of(request.method, pathOf(request), request.body ?? {}),
    };
  }

  /** Whether the caller of a command is answered with its outcome. */
  waits(request: FastifyRequest): boolean {
    return this.#preferenceOf(request).waitSeconds > 0;
  }

  /** Answers a command by what its caller prefers. */
  async answer(
    kind: OperationKind,
    commanded: Commanded,
    request: FastifyRequest,
    reply: FastifyReply,
  ): Promise<JsonObject> {
    const { answers } = this.parts;
    const caller = callerIn(request);
    const preference = this.#preferenceOf(request);
    const context = this.#context(caller);
    const taken = { kind, commanded, preference, clientId: caller.clientId, key: request.idempotencyKey, context };
    return answers.answer(taken, reply);
  }

  #preferenceOf({ headers: { prefer = '' } }: FastifyRequest): Preference {
    return this.#preference(Array.isArray(prefer) ? prefer.join(', ') : prefer);
  }

  #context(caller: Caller): ViewContext {
    return { caller, url: this.parts.url, kindOf: platformKindOf };
  }
}

function callerIn({ caller }: FastifyRequest): Caller {
  if (!caller) throw new Unauthenticated(false);
  return caller;
}
