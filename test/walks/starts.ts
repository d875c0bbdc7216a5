import fc from 'fast-check';
import type { JsonObject } from '../../src/lib/json.js';
import { heardOfStart } from './hearing.js';
import type { Model, ModelStart } from './model.js';
import type { PlatformName } from './portals.js';
import { walkUnique } from './unique.js';
import type { Walk } from './walk.js';

/** What can be started, by what its run does. */
const kinds = {
  waits: { platform: 'bitrix24', definition: '3', value: 'Note' },
  'ends at once': { platform: 'bitrix24', definition: '2', value: 'Note' },
  'is refused': { platform: 'bitrix24', definition: '5', value: 'Note' },
  'is limited once': { platform: 'bitrix24', definition: '12', value: 'Note' },
  'waits in Creatio': { platform: 'creatio', definition: 'UsrWaiting', value: 'Document' },
  'fails in Creatio': { platform: 'creatio', definition: 'UsrFailing', value: 'Document' },
  'meets a session that ended': { platform: 'creatio', definition: 'UsrExpiredSession', value: 'Document' },
  'runs in the background': { platform: 'creatio', definition: 'UsrBackground', value: 'Document' },
  'gives no id': {
    platform: 'creatio',
    definition: 'UsrWaiting',
    value: 'Document',
    options: { startWith: 'Execute' },
  },
} as const satisfies Record<
  string,
  { platform: PlatformName; definition: string; value: string; options?: JsonObject }
>;

export type StartKind = keyof typeof kinds;
export const startKinds = Object.keys(kinds) as StartKind[];

export type WalkCommand = fc.AsyncCommand<Model, Walk>;

/** What is said with a start beside what it starts. */
export interface StartOptions {
  /** Starts on different leads have lanes of their own. */
  readonly lead: 1 | 2;
  readonly onIndeterminate: 'block' | 'continue';
  readonly waits: boolean;
  readonly startWithinSeconds: 1 | 3600;
}

/** Begins a start under a new key. */
export class Start implements WalkCommand {
  constructor(
    private readonly kind: StartKind,
    private readonly options: StartOptions,
    private readonly at: number,
  ) {}

  check(model: Readonly<Model>): boolean {
    return model.starts.length < 12;
  }

  async run(model: Model, walk: Walk): Promise<void> {
    const start = this.#newStart(walk, model.starts.length + 1);
    model.starts.push(start);
    await say(model, walk, start, { at: this.at, waits: this.options.waits });
  }

  #newStart(walk: Walk, number: number): ModelStart {
    const { platform, definition, value, ...more } = kinds[this.kind];
    const { lead, onIndeterminate, startWithinSeconds } = this.options;
    const unique = walkUnique();
    const body: JsonObject = {
      connection: walk.connection(platform),
      definition,
      ...(platform === 'bitrix24' ? { subject: { type: 'crm.lead', id: String(lead) } } : {}),
      variables: { [value]: unique },
      onIndeterminate,
      startWithinSeconds,
      ...more,
    };
    return {
      name: `start ${number} (${this.kind})`,
      key: `key-${unique}`,
      unique,
      platform,
      body,
      ids: new Set(),
      told: [],
      isOpen: true,
      nothingHappened: true,
      stopAcceptedAtMs: null,
      resends: 0,
    };
  }

  toString(): string {
    const { lead, onIndeterminate, waits, startWithinSeconds } = this.options;
    const more = [`lead ${lead}`, onIndeterminate, ...(waits ? ['wait'] : [])];
    if (startWithinSeconds === 1) more.push('within 1 s');
    return `Start(${this.kind}, ${more.join(', ')} @${this.at % 2})`;
  }
}

/** Says a start again under its key: to one replica, or to both at once. */
export class Repeat implements WalkCommand {
  constructor(
    private readonly nth: number,
    private readonly to: 'one' | 'both',
    private readonly at: number,
  ) {}

  check(model: Readonly<Model>): boolean {
    return model.starts.length > 0;
  }

  async run(model: Model, walk: Walk): Promise<void> {
    const start = startAt(model, this.nth);
    const replicas = this.to === 'both' ? [this.at, this.at + 1] : [this.at];
    await Promise.all(replicas.map((at) => say(model, walk, start, { at, waits: false })));
  }

  toString(): string {
    return `Repeat(#${this.nth} to ${this.to} @${this.at % 2})`;
  }
}

/** Says another start under a key that is in use. */
export class OtherBody implements WalkCommand {
  constructor(
    private readonly nth: number,
    private readonly at: number,
  ) {}

  check(model: Readonly<Model>): boolean {
    return model.starts.some(({ ids }) => ids.size > 0);
  }

  async run(model: Model, walk: Walk): Promise<void> {
    const accepted = model.starts.filter(({ ids }) => ids.size > 0);
    const start = accepted[this.nth % accepted.length];
    if (!start) return;
    const body = { ...start.body, tags: ['other'] };
    const answer = await walk.call({ path: 'processes', key: start.key, body, prefer: 'respond-async' }, this.at);
    const code = answer?.body['code'];
    if (answer === null || answer.status === 503) return;
    if (code !== 'idempotency-key-reused' && code !== 'idempotency-in-progress') {
      throw new Error(`${start.name}: its key took another body: ${JSON.stringify(answer)}`);
    }
  }

  toString(): string {
    return `OtherBody(#${this.nth} @${this.at % 2})`;
  }
}

/** Says a start to a replica and keeps what it hears. */
export async function say(
  model: Model,
  walk: Walk,
  start: ModelStart,
  { at, waits }: { readonly at: number; readonly waits: boolean },
): Promise<void> {
  const prefer = waits ? 'wait=1' : 'respond-async';
  heardOfStart(model, start, await walk.call({ path: 'processes', key: start.key, body: start.body, prefer }, at));
  if (start.ids.size > 1) throw new Error(`${start.name}: one key, the processes ${[...start.ids].join(', ')}`);
}

export function startAt(model: Readonly<Model>, nth: number): ModelStart {
  const start = model.starts[nth % model.starts.length];
  if (!start) throw new Error('There is no start yet');
  return start;
}
