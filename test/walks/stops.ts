import { heard } from './hearing.js';
import type { Model, ModelStart } from './model.js';
import { startAt, type WalkCommand } from './starts.js';
import type { Walk } from './walk.js';

function hasId({ ids }: ModelStart): boolean {
  return ids.size > 0;
}

function knownAt(model: Readonly<Model>, nth: number): { start: ModelStart; id: string } | null {
  const known = model.starts.filter(hasId);
  const start = known[nth % known.length];
  const [id] = start?.ids ?? [];
  return start && id !== undefined ? { start, id } : null;
}

/** Stops a process whose id its caller knows. */
export class Stop implements WalkCommand {
  constructor(
    private readonly kind: 'terminate' | 'kill',
    private readonly nth: number,
    private readonly more: { readonly whenFound: boolean; readonly at: number },
  ) {}

  check(model: Readonly<Model>): boolean {
    return model.starts.some((start) => hasId(start) && (this.kind === 'terminate' || start.platform === 'bitrix24'));
  }

  async run(model: Model, walk: Walk): Promise<void> {
    const known = knownAt(model, this.nth);
    if (!known) return;
    const { start, id } = known;
    const { whenFound, at } = this.more;
    const body = { whenFound, ...(this.kind === 'kill' ? { confirm: id } : {}) };
    const path = `processes/${id}/${this.kind}`;
    const answer = await walk.call({ path, key: `${this.kind}-${start.key}`, body, prefer: 'respond-async' }, at);
    heard(model, start, answer);
    const isAccepted = answer !== null && answer.status < 300;
    if (isAccepted) start.stopAcceptedAtMs ??= Date.now();
  }

  toString(): string {
    const { whenFound, at } = this.more;
    return `${this.kind}(#${this.nth}${whenFound ? ', when found' : ''} @${at % 2})`;
  }
}

/** Looks at a process, by asking the platform or not. */
export class Look implements WalkCommand {
  constructor(
    private readonly nth: number,
    private readonly refresh: boolean,
    private readonly at: number,
  ) {}

  check(model: Readonly<Model>): boolean {
    return model.starts.some(hasId);
  }

  async run(model: Model, walk: Walk): Promise<void> {
    const known = knownAt(model, this.nth);
    if (!known) return;
    const path = `processes/${known.id}${this.refresh ? '?refresh=true' : ''}`;
    const answer = await walk.call({ method: 'GET', path }, this.at);
    heard(model, known.start, answer);
    if (answer?.status === 404) throw new Error(`${known.start.name} is gone`);
  }

  toString(): string {
    return `Look(#${this.nth}${this.refresh ? ', refresh' : ''} @${this.at % 2})`;
  }
}

/** A run ends at its platform, by itself. */
export class Finish implements WalkCommand {
  constructor(
    private readonly nth: number,
    private readonly outcome: 'completed' | 'failed',
  ) {}

  check(model: Readonly<Model>): boolean {
    return model.starts.length > 0;
  }

  async run(model: Model, walk: Walk): Promise<void> {
    const { unique, platform } = startAt(model, this.nth);
    const portal = walk.portals[platform];
    const run = (await portal.runs()).find((one) => one.unique === unique);
    if (run?.state === 'running') await portal.finish(run.nativeId, this.outcome);
  }

  toString(): string {
    return `Finish(#${this.nth}, ${this.outcome})`;
  }
}
