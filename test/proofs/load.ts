import { setTimeout as passed } from 'node:timers/promises';
import { until } from '../until.js';
import { type Said, send } from './connections.js';
import type { Caller } from './judge.js';
import { uniqueValue, type ProofStart } from './starts.js';

/** Where callers find the gateway, and what they start. */
export interface LoadOptions {
  /** Replicas that listen now; a caller takes any of them at each try. */
  readonly urls: () => readonly string[];
  readonly starts: readonly { readonly connection: string; readonly start: ProofStart }[];
  /** New callers in a second; fewer where too many still wait. */
  readonly perSecond: number;
}

/** Each tenth of a load does something of its own. */
type Manner = 'patient' | 'twice at once' | 'stops it' | 'gives up when nothing happened';
const manners: readonly Manner[] = [
  ...Array.from({ length: 6 }, () => 'patient' as const),
  'twice at once',
  'twice at once',
  'stops it',
  'gives up when nothing happened',
];

const tickMs = 20;
const waitingAtMost = 100;
/** How many answers that nobody should get one caller takes. */
const patience = 3;

interface Memory {
  readonly unique: string;
  readonly ids: Set<string>;
  readonly odd: string[];
  told: string | null;
  toldNothingHappened: boolean;
}

/** Callers that repeat their key until they have an answer; each with a value that only its start carries. */
export class Load {
  readonly #memories: Memory[] = [];
  readonly #waiting = new Set<Promise<void>>();
  readonly #heard = new Map<string, number>();
  #count = 0;
  #owed = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(private readonly options: LoadOptions) {}

  begin(): void {
    this.#timer = setInterval(() => {
      this.#owed = Math.min(this.#owed + (this.options.perSecond * tickMs) / 1000, waitingAtMost);
      for (; this.#owed >= 1 && this.#waiting.size < waitingAtMost; this.#owed--) this.#call();
    }, tickMs);
  }

  /** No new callers; resolves when everyone has an answer. */
  async end(): Promise<void> {
    clearInterval(this.#timer);
    while (this.#waiting.size > 0) await Promise.all(this.#waiting);
  }

  get callers(): readonly Caller[] {
    return this.#memories;
  }

  /** How often each kind of answer was given, e.g. `201` or `503 unknown`. */
  get heard(): ReadonlyMap<string, number> {
    return this.#heard;
  }

  #call(): void {
    const calling = this.#caller(this.#count++).finally(() => this.#waiting.delete(calling));
    this.#waiting.add(calling);
  }

  async #caller(number: number): Promise<void> {
    const manner = manners[number % manners.length] ?? 'patient';
    const chosen = this.options.starts[number % this.options.starts.length];
    if (!chosen) throw new Error('A load starts something');
    const unique = uniqueValue();
    const memory: Memory = { unique, ids: new Set(), odd: [], told: null, toldNothingHappened: false };
    this.#memories.push(memory);
    const body = { connection: chosen.connection, ...chosen.start.fields(unique) };
    const prefer = number % 3 === 0 ? 'respond-async' : 'wait=5';
    const ask = (url: string): Promise<Said> => send({ url }, unique, body, prefer);
    if (manner === 'twice at once') await Promise.all([this.#insist(memory, ask), this.#insist(memory, ask)]);
    else await this.#insist(memory, ask, manner === 'gives up when nothing happened');
    const [id] = memory.ids;
    if (manner === 'stops it' && id !== undefined) await this.#stop(memory, id);
  }

  /** Asks until there is an answer that means something. */
  async #insist(memory: Memory, ask: (url: string) => Promise<Said>, mayGiveUp = false): Promise<void> {
    for (let tries = 1; ; tries++) {
      const said = await this.#try(ask);
      const outcome = said?.body.outcome;
      if (said && said.status < 300) {
        if (said.body.id !== undefined) memory.ids.add(said.body.id);
        memory.told = said.body.state ?? null;
        return;
      }
      if (said && !isExpected(said)) memory.odd.push(`${memory.unique}: ${said.status} ${said.body.code} ${outcome}`);
      // Its process is lost then, which the judge will say.
      if (memory.odd.length > patience) return;
      if (mayGiveUp && tries === 1 && said?.status === 503 && outcome === 'not_executed') {
        memory.toldNothingHappened = true;
        return;
      }
      await passed(50 + Math.random() * 150);
    }
  }

  async #stop(memory: Memory, id: string): Promise<void> {
    for (;;) {
      const said = await this.#try((url) => stop(url, id, `stop-${memory.unique}`));
      if (said && (said.status < 300 || stopRefusals.includes(said.body.code ?? ''))) return;
      if (said && !isExpected(said)) memory.odd.push(`stop of ${id}: ${said.status} ${said.body.code}`);
      if (memory.odd.length > patience) return;
      await passed(50 + Math.random() * 150);
    }
  }

  /** `null`: no answer came. */
  async #try(ask: (url: string) => Promise<Said>): Promise<Said | null> {
    // While both are being replaced there is nobody to ask.
    const url = await until(() => anyOf(this.options.urls()), 'a replica that listens', 120_000);
    const said = await ask(url).catch(() => null);
    const { outcome } = said?.body ?? {};
    const kind = said ? [said.status, outcome].filter((word) => word !== undefined).join(' ') : 'no answer';
    this.#heard.set(kind, (this.#heard.get(kind) ?? 0) + 1);
    return said;
  }
}

function anyOf(urls: readonly string[]): string | null {
  return urls[Math.floor(Math.random() * urls.length)] ?? null;
}

/** What says that a stop has nothing to stop, or not yet. */
const stopRefusals = ['process-indeterminate', 'process-closed', 'platform-rejected', 'invalid-state'];

/** Repeating the key is the caller's part; anything else is a fault of ours. */
function isExpected({ status, body }: Said): boolean {
  if (status === 503) return body.outcome === 'not_executed' || body.outcome === 'unknown';
  return body.code === 'idempotency-in-progress' || body.code === 'queue-full';
}

async function stop(url: string, id: string, key: string): Promise<Said> {
  const answer = await fetch(`${url}/v1/processes/${id}/terminate`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'idempotency-key': key, prefer: 'respond-async' },
    body: '{}',
    signal: AbortSignal.timeout(30_000),
  });
  return { status: answer.status, body: (await answer.json()) as Said['body'] };
}
