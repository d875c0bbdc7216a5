import { z } from 'zod';
import type { JsonObject } from '../../lib/json.js';
import type { Definition } from '../definition.js';
import type { Call, ConnectionCheck, NativeCalls, Platform } from '../platform.js';
import type {
  Element,
  Lane,
  LostLook,
  LostSpan,
  NativeCall,
  Observation,
  Prepared,
  RunRef,
  Started,
  StartOrder,
  StartRequest,
} from '../run.js';
import type { SeenTasks, TaskPage, TaskQuery } from '../task.js';
import { checksOf } from './checks.js';
import { headersFor, type CreatioClient } from './creatio.client.js';
import { readDefinition, readLibrary } from './definitions.js';
import { completeElement, readElements } from './elements.js';
import { LostRuns } from './lost.js';
import { prepareStart } from './prepare.js';
import { parsed } from './creatio.wire.js';
import { nativeCalls } from './native-calls.js';
import { observeRuns, withReason } from './observe.js';
import { OurContact } from './our-contact.js';
import { idsAtOnce, ProcessLog } from './process-log.js';
import { Rows } from './rows.js';
import { requestOf, startedByExecute, startedByRunProcess, startWithOf } from './start.js';
import { cancelRun } from './stop.js';
import { listTasks, readTasks, tasksAtOnce } from './tasks.js';

const JsonBody = z.record(z.string(), z.json());

/**
 * One Creatio instance.
 *
 * There is no `methodOf`: instances count no work. There is no `kill`: nothing deletes a run but the instance's own clearing of its log. There is no `signedOut`: the
 * session that an answer shows to be void is forgotten with that answer, and others may be newer.
 */
export class CreatioPlatform implements Platform {
  readonly observeAtOnce = idsAtOnce;
  readonly checks: readonly ConnectionCheck[];
  readonly natively: NativeCalls;
  readonly tasksAtOnce = tasksAtOnce;
  readonly #log: ProcessLog;
  readonly #rows: Rows;
  readonly #ourContact: OurContact;
  readonly #lost: LostRuns;

  constructor(
    private readonly client: CreatioClient,
    /** What proves this connection, as names of headers: shown, redacted, in `nativeCall`. */
    private readonly secretHeaders: readonly string[],
  ) {
    this.#log = new ProcessLog(client);
    this.#rows = new Rows(client);
    this.#ourContact = new OurContact(client);
    this.checks = checksOf({ client, log: this.#log, rows: this.#rows });
    this.natively = nativeCalls(client);
    this.#lost = new LostRuns({ client, log: this.#log, rows: this.#rows, ourContact: this.#ourContact });
  }

  namesDefinition(definition: string): boolean {
    return /^[A-Za-z_][A-Za-z0-9_]{0,99}$/.test(definition);
  }

  definitions(call: Call): Promise<readonly Definition[]> {
    return readLibrary({ rows: this.#rows }, call);
  }

  async definition(definition: string, call: Call): Promise<Definition | null> {
    // The code goes into a filter.
    return this.namesDefinition(definition)
      ? readDefinition({ client: this.client, rows: this.#rows }, definition, call)
      : null;
  }

  prepare(request: StartRequest, definition: Definition | null): Prepared {
    return prepareStart(request, definition, this.client.settings.startWith);
  }

  nativeCall(order: StartOrder): NativeCall {
    const { startWith, executeMethod } = this.client.settings;
    const { method, path, body } = requestOf(order, startWithOf(order, startWith), executeMethod);
    const secrets = this.secretHeaders.map((name) => [name, '[redacted]'] as const);
    return {
      method,
      url: this.client.urlOf(path),
      headers: { ...headersFor(body), ...Object.fromEntries(secrets) },
      body: body === null ? null : parsed(JsonBody, body),
    };
  }

  async start(order: StartOrder, call: Call): Promise<Started> {
    const startWith = startWithOf(order, this.client.settings.startWith);
    const answer = await this.client.send(requestOf(order, startWith, this.client.settings.executeMethod), call);
    if (startWith === 'Execute') return startedByExecute(answer, order);
    return withReason(startedByRunProcess(answer, order), this.#log, call);
  }

  /** Runs are told apart by their schema alone; those of Execute give no id, so they are found by looking. */
  laneOf(order: StartRequest): Lane {
    const byExecute = startWithOf(order, this.client.settings.startWith) === 'Execute';
    return { key: order.definition, oneAtATime: byExecute };
  }

  get executionLimitSeconds(): number {
    return this.client.settings.executionLimitSeconds;
  }

  findLost(order: StartOrder, span: LostSpan, call: Call): Promise<LostLook> {
    return this.#lost.find(order, span, call);
  }

  observe(runs: readonly RunRef[], call: Call): Promise<ReadonlyMap<string, Observation>> {
    return observeRuns(this.#log, runs, call);
  }

  /** The reason stays with us: Creatio keeps none. */
  terminate(run: RunRef, _reason: string | null, call: Call): Promise<'terminated' | 'terminating'> {
    return cancelRun({ client: this.client, log: this.#log }, run, call);
  }

  elements(run: RunRef, call: Call): Promise<readonly Element[]> {
    return readElements({ client: this.client, rows: this.#rows }, run, call);
  }

  completeElement(nativeElementId: string, variables: JsonObject | null, call: Call): Promise<boolean> {
    return completeElement({ client: this.client, rows: this.#rows }, nativeElementId, variables, call);
  }

  tasks(query: TaskQuery, call: Call): Promise<TaskPage> {
    return listTasks(this.#rows, query, call);
  }

  async readTasks(nativeIds: readonly string[], call: Call): Promise<SeenTasks> {
    return { tasks: await readTasks(this.#rows, nativeIds, call), actsAs: await this.#ourContact.id(call) };
  }

  get requestsAtOnce(): number {
    return this.client.requestsAtOnce ?? Number.POSITIVE_INFINITY;
  }

  signedIn(): boolean {
    return this.client.signedIn();
  }

  signIn(call: Call): Promise<void> {
    return this.client.signIn(call);
  }

  close(call: Call): Promise<void> {
    return this.client.close(call);
  }
}
