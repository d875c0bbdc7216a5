import { randomInt } from 'node:crypto';
import { join } from 'node:path';
import type { JsonObject } from '../../../lib/json.js';
import { simulatedSecret } from '../../../lib/simulated-secret.js';
import { KeptRecords } from '../../kept-records.js';
import { CallbackOrders } from './callback-orders.js';

/** An activity or a robot that an application has registered. */
export interface KeptActivity {
  readonly code: string;
  readonly isRobot: boolean;
  readonly handler: string;
  /** Whether its runs wait for bizproc.event.send. */
  readonly waits: boolean;
  readonly properties: JsonObject;
}

/** A handler that is told of an event. */
export interface KeptBinding {
  readonly id: string;
  /** Upper case, e.g. `ONAPPUPDATE`. */
  readonly event: string;
  readonly handler: string;
}

/** One execution of an activity inside a run. */
export interface KeptWait {
  readonly token: string;
  readonly runId: string;
  readonly code: string;
  readonly waits: boolean;
  /** Unix milliseconds of the portal's clock; `null`: it waits for ever. */
  readonly endsAtMs: number | null;
  /** How often bizproc.event.send named it, and how often that resumed the run: at most once. */
  sends: number;
  resumed: number;
  returned: JsonObject;
  logs: string[];
}

type Kept =
  | { readonly kind: 'activity'; readonly key: string; readonly activity: KeptActivity | null }
  | { readonly kind: 'binding'; readonly key: string; readonly binding: KeptBinding | null }
  | { readonly kind: 'wait'; readonly key: string; readonly wait: KeptWait };

/** What the simulated portal knows of applications: their activities, their events, and which runs wait for them. */
export class CallbackState {
  readonly orders = new CallbackOrders();
  readonly #kept: KeptRecords<Kept>;
  readonly #activities = new Map<string, KeptActivity>();
  readonly #bindings = new Map<string, KeptBinding>();
  readonly #waits = new Map<string, KeptWait>();

  /** @param folder  where it survives a restart; `null`: in memory only */
  constructor(folder: string | null) {
    this.#kept = new KeptRecords(folder === null ? null : join(folder, 'bitrix24-callbacks.log'));
    for (const kept of this.#kept.found) this.#remember(kept);
  }

  get activities(): IterableIterator<KeptActivity> {
    return this.#activities.values();
  }

  get bindings(): IterableIterator<KeptBinding> {
    return this.#bindings.values();
  }

  get waits(): IterableIterator<KeptWait> {
    return this.#waits.values();
  }

  activity(code: string): KeptActivity | null {
    return this.#activities.get(code) ?? null;
  }

  wait(token: string): KeptWait | null {
    return this.#waits.get(token) ?? null;
  }

  put(activity: KeptActivity): void {
    this.#changed({ kind: 'activity', key: activity.code, activity });
  }

  remove(code: string): void {
    this.#changed({ kind: 'activity', key: code, activity: null });
  }

  bind(event: string, handler: string): void {
    const binding = { id: String(1000 + this.#bindings.size), event, handler };
    this.#changed({ kind: 'binding', key: keyOf(binding), binding });
  }

  /** @returns whether there was one */
  unbind(event: string, handler: string): boolean {
    const key = keyOf({ event, handler });
    if (!this.#bindings.has(key)) return false;
    this.#changed({ kind: 'binding', key, binding: null });
    return true;
  }

  isBound(event: string, handler: string): boolean {
    return this.#bindings.has(keyOf({ event, handler }));
  }

  /** A new execution; its token is unique, as each round of a loop has its own. */
  execute(wait: Pick<KeptWait, 'runId' | 'code' | 'waits' | 'endsAtMs'>): KeptWait {
    const place = `A${randomInt(10_000, 99_999)}_${randomInt(10_000, 99_999)}_${randomInt(10_000, 99_999)}`;
    const token = `${wait.runId}|${place}|${simulatedSecret(16)}.${simulatedSecret(16)}`;
    const executed: KeptWait = { ...wait, token, sends: 0, resumed: 0, returned: {}, logs: [] };
    this.waitChanged(executed);
    return executed;
  }

  waitChanged(wait: KeptWait): void {
    this.#changed({ kind: 'wait', key: wait.token, wait });
  }

  saved(): Promise<void> {
    return this.#kept.saved();
  }

  #changed(kept: Kept): void {
    this.#remember(kept);
    this.#kept.put(kept);
  }

  #remember(kept: Kept): void {
    if (kept.kind === 'activity') set(this.#activities, kept.key, kept.activity);
    if (kept.kind === 'binding') set(this.#bindings, kept.key, kept.binding);
    if (kept.kind === 'wait') this.#waits.set(kept.key, kept.wait);
  }
}

function keyOf({ event, handler }: Pick<KeptBinding, 'event' | 'handler'>): string {
  return `${event} ${handler}`;
}

function set<T>(map: Map<string, T>, key: string, value: T | null): void {
  if (value === null) map.delete(key);
  else map.set(key, value);
}
