import { join } from 'node:path';
import { KeptRecords } from '../../kept-records.js';
import { SimulatedClock } from '../../simulated-clock.js';
import { CallbackState } from './callback-state.js';
import { ReportSteps } from './report-steps.js';
import { KeptTasks, type KeptTask } from './kept-tasks.js';

/** A workflow that was executed. */
export interface KeptRun {
  readonly nativeId: string;
  readonly templateId: string;
  readonly startedAt: string;
  readonly startedBy: string;
  readonly document: readonly [module: string, entity: string, id: string];
  readonly parameters: unknown;
  state: 'running' | 'completed' | 'failed' | 'terminated' | 'killed';
  modifiedAt: string;
}

/** A document for signature. */
export interface KeptDocument {
  readonly uid: string;
  readonly externalId: string;
  readonly startedAt: string;
  /** The fields as they came, without the files. */
  readonly fields: unknown;
  readonly members: { uid: string; role: string; user: unknown; state: string }[];
  state: string;
}

export interface SigningManners {
  readonly bornAs: 'new' | 'signing';
  readonly errorStatus: 200 | 400 | 403;
}

export interface Tokens {
  refresh: string;
  access: { token: string; expiresAtMs: number }[];
}

type Kept =
  | { readonly kind: 'run'; readonly key: string; readonly run: KeptRun }
  | { readonly kind: 'task'; readonly key: string; readonly task: KeptTask }
  | { readonly kind: 'document'; readonly key: string; readonly document: KeptDocument }
  | { readonly kind: 'turned-away'; readonly key: string }
  | { readonly kind: 'tokens'; readonly key: 'newest'; readonly tokens: Tokens };

/** The state of a simulated portal. Whoever changes it waits for `saved` before answering. */
export class PortalState {
  readonly clock = new SimulatedClock();
  /** Whether a run id of the caller's choice becomes the run's. */
  keepsRunIds = true;
  /** How documents for signature begin, and the status with which their failures are told. */
  signing: SigningManners = { bornAs: 'signing', errorStatus: 400 };
  /** The fields by which runs can be filtered; others are dropped without a word. `null`: all that rows have. */
  knownFilters: readonly string[] | null = null;
  readonly callbacks: CallbackState;
  readonly reportSteps = new ReportSteps();
  readonly tasks = new KeptTasks((task) => this.#changed({ kind: 'task', key: task.id, task }));

  readonly #kept: KeptRecords<Kept>;
  readonly #runs: KeptRun[] = [];
  readonly #numbers = new Map<KeptRun, number>();
  /** Runs that the portal remembers, by id: all but the killed. */
  readonly #known = new Map<string, KeptRun>();
  readonly #running = new Set<KeptRun>();
  readonly #documents = new Map<string, KeptDocument>();
  readonly #turnedAway = new Set<string>();
  #tokens: Tokens;

  /** @param folder  where it survives a restart; `null`: in memory only */
  constructor(folder: string | null, first: Tokens) {
    this.#kept = new KeptRecords(folder === null ? null : join(folder, 'bitrix24.log'));
    this.callbacks = new CallbackState(folder);
    this.#tokens = first;
    for (const kept of this.#kept.found) this.#remember(kept);
    this.tokensChanged(this.#tokens);
  }

  /** Every run that was executed, oldest first. */
  get runs(): readonly KeptRun[] {
    return this.#runs;
  }

  get documents(): IterableIterator<KeptDocument> {
    return this.#documents.values();
  }

  get tokens(): Tokens {
    return this.#tokens;
  }

  run(nativeId: string): KeptRun | null {
    return this.#known.get(nativeId) ?? null;
  }

  running(): Iterable<KeptRun> {
    return this.#running;
  }

  runOf({ runNumber }: KeptTask): KeptRun | null {
    return this.#runs[runNumber] ?? null;
  }

  document(uid: string): KeptDocument | null {
    return this.#documents.get(uid) ?? null;
  }

  add(run: KeptRun): void {
    this.#changed({ kind: 'run', key: String(this.#runs.length), run });
    this.reportSteps.reached(run, 'started');
  }

  addTask(run: KeptRun, name: string, userIds: readonly string[]): void {
    this.tasks.add({ runNumber: this.#numbers.get(run) ?? 0, name }, userIds);
  }

  /** Ends a run and its tasks; a killed one is forgotten. */
  end(run: KeptRun, state: KeptRun['state']): void {
    run.state = state;
    run.modifiedAt = portalTime(this.clock.now());
    const number = this.#numbers.get(run) ?? 0;
    this.#changed({ kind: 'run', key: String(number), run });
    this.tasks.ended(number);
    this.reportSteps.reached(run, state);
  }

  documentChanged(document: KeptDocument): void {
    this.#changed({ kind: 'document', key: document.uid, document });
  }

  tokensChanged(tokens: Tokens): void {
    this.#changed({ kind: 'tokens', key: 'newest', tokens });
  }

  /** True at the first call with these words. */
  firstTurnedAway(start: string): boolean {
    if (this.#turnedAway.has(start)) return false;
    this.#changed({ kind: 'turned-away', key: start });
    return true;
  }

  /** Resolves when everything so far is on disk. */
  saved(): Promise<void> {
    return this.#kept.saved();
  }

  #changed(kept: Kept): void {
    this.#remember(kept);
    this.#kept.put(kept);
  }

  #remember(kept: Kept): void {
    if (kept.kind === 'run') this.#rememberRun(Number(kept.key), kept.run);
    if (kept.kind === 'task') this.tasks.remember(kept.task);
    if (kept.kind === 'document') this.#documents.set(kept.key, kept.document);
    if (kept.kind === 'turned-away') this.#turnedAway.add(kept.key);
    if (kept.kind === 'tokens') this.#tokens = kept.tokens;
  }

  #rememberRun(number: number, run: KeptRun): void {
    this.#runs[number] = run;
    this.#numbers.set(run, number);
    if (run.state === 'running') this.#running.add(run);
    else this.#running.delete(run);
    if (run.state !== 'killed') this.#known.set(run.nativeId, run);
    else if (this.#known.get(run.nativeId) === run) this.#known.delete(run.nativeId);
  }
}

/** The time as the simulated portal writes it: in its own zone, e.g. "2026-11-21T19:00:00+03:00". */
export function portalTime(at: Date): string {
  return `${new Date(at.getTime() + 3 * 3_600_000).toISOString().slice(0, 19)}+03:00`;
}
