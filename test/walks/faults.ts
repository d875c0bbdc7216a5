import { setTimeout as passed } from 'node:timers/promises';
import type { StatementFault } from '../proofs/postgres-proxy.js';
import { faulted, type Model } from './model.js';
import type { PlatformName } from './portals.js';
import { aMinutePasses } from './minute.js';
import type { WalkCommand } from './starts.js';
import type { Walk } from './walk.js';

/** What may go wrong around the gateway; each is always possible. */
abstract class Fault implements WalkCommand {
  abstract readonly kind: string;

  check(_model: Readonly<Model>): boolean {
    return true;
  }

  async run(model: Model, walk: Walk): Promise<void> {
    faulted(model, this.kind);
    await this.happen(walk);
  }

  abstract happen(walk: Walk): Promise<void>;
  abstract toString(): string;
}

export class Crash extends Fault {
  readonly kind = 'crash';

  constructor(private readonly at: number) {
    super();
  }

  happen(walk: Walk): Promise<void> {
    return walk.world.crash(this.at % 2 === 0 ? 0 : 1);
  }

  toString(): string {
    return `Crash(@${this.at % 2})`;
  }
}

/** A replica freezes, and thaws by itself after a while: within its lease, or past it. */
export class Freeze extends Fault {
  readonly kind = 'freeze';

  constructor(
    private readonly at: number,
    private readonly ms: number,
  ) {
    super();
  }

  async happen(walk: Walk): Promise<void> {
    const replica = walk.replica(this.at);
    replica.freeze();
    void passed(this.ms).then(() => replica.thaw());
  }

  toString(): string {
    return `Freeze(@${this.at % 2}, ${this.ms} ms)`;
  }
}

export const mishaps = ['lose', 'lose-before', 'hang', 'html-502', 'truncate', 'empty-200'] as const;
export const spoilt = ['start', 'terminate', 'kill', 'observe'] as const;

/** The next answers of a portal to an operation are spoilt. */
export class Spoil extends Fault {
  readonly kind: string;

  constructor(
    private readonly platform: PlatformName,
    private readonly operation: (typeof spoilt)[number],
    private readonly how: { readonly do: (typeof mishaps)[number]; readonly next: number },
  ) {
    super();
    this.kind = `answer: ${how.do}`;
  }

  happen(walk: Walk): Promise<void> {
    return walk.portals[this.platform].turn('answers', { operation: this.operation, ...this.how });
  }

  toString(): string {
    return `Spoil(${this.platform} ${this.operation}: ${this.how.do} ×${this.how.next})`;
  }
}

/** Answers to starts take their time: shorter or longer than a lease, or than we wait for them. */
export class Delay extends Fault {
  readonly kind = 'slow answers';

  constructor(
    private readonly platform: PlatformName,
    private readonly ms: number,
  ) {
    super();
  }

  happen(walk: Walk): Promise<void> {
    return walk.portals[this.platform].turn('delay', { operation: 'start', ms: this.ms });
  }

  toString(): string {
    return `Delay(${this.platform}, ${this.ms} ms)`;
  }
}

/** Bitrix24 takes one request a second for a while, and says 503 to all others. */
export class Limit extends Fault {
  readonly kind = 'limit';

  happen(walk: Walk): Promise<void> {
    return walk.portals.bitrix24.turn('limits', { burst: 1, perSecond: 2 });
  }

  toString(): string {
    return 'Limit()';
  }
}

export const markers = ['accept', 'command', 'claim', 'intend', 'settle', 'found', 'keep', 'observe'] as const;

/** A replica loses a connection to the database in the middle of its next such statement. */
export class LoseStatement extends Fault {
  readonly kind: string;

  constructor(
    private readonly marker: (typeof markers)[number],
    private readonly fault: StatementFault,
    private readonly at: number,
  ) {
    super();
    this.kind = `statement: ${fault}`;
  }

  async happen(walk: Walk): Promise<void> {
    walk.replica(this.at).database.fail(this.marker, this.fault);
  }

  toString(): string {
    return `LoseStatement(${this.marker}, ${this.fault} @${this.at % 2})`;
  }
}

/** A minute passes for the starts of a Bitrix24 that keeps run ids: what was sent before is dead by then. */
export class Minute implements WalkCommand {
  check({ findsByIds }: Readonly<Model>): boolean {
    return findsByIds;
  }

  run(_model: Model, walk: Walk): Promise<void> {
    return aMinutePasses(walk.world.sql, walk.connection('bitrix24'));
  }

  toString(): string {
    return 'Minute()';
  }
}

/** Time passes; no fault. */
export class Wait implements WalkCommand {
  constructor(private readonly ms: number) {}

  check(): boolean {
    return true;
  }

  async run(): Promise<void> {
    await passed(this.ms);
  }

  toString(): string {
    return `Wait(${this.ms} ms)`;
  }
}
