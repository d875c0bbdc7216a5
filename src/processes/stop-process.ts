import type { Portals } from '../connections/portals.js';
import type { Clock } from '../lib/clock.js';
import type { CommandDesk, CommandOnProcess, Join, Joined, Plan } from './command-desk.js';
import type { Holds } from './hold.js';
import { move, type Process } from './process.js';
import { InvalidState, NotFound, ProcessClosed, RunUnknown, Unsupported } from './process.errors.js';
import type { ProcessReader } from './process.reader.js';
import { StaleRevision } from './process.store.js';
import type { Commanded } from './start-command.js';
import { decideStop } from './stop.js';

export interface StopCommand extends CommandOnProcess {
  readonly kind: 'terminate' | 'kill';
  readonly reason: string | null;
  /** Carry it out once the run is known, instead of refusing now. */
  readonly whenFound: boolean;
}

/** Accepts commands to stop a process: withdrawn while unsent, remembered while starting, sent to what runs. */
export class StopProcess {
  constructor(
    private readonly desk: CommandDesk,
    private readonly reader: ProcessReader,
    private readonly portals: Portals,
    private readonly holds: Pick<Holds, 'current'>,
    private readonly clock: Clock,
  ) {}

  /** @throws NotFound, KeyReused, Unsupported, RunUnknown, InvalidState, ProcessClosed: nothing was accepted */
  stop(command: StopCommand): Promise<Commanded | Joined> {
    return this.desk.take(command, (process) => this.#plan(command, process));
  }

  async #plan({ kind, reason, whenFound, by }: StopCommand, process: Process): Promise<Plan | Join> {
    const open = await this.reader.openOperations(process.id);
    const start = open.find((operation) => operation.kind === 'start');
    const mayHaveRun =
      start !== undefined && start.attempts > 0 && (await this.reader.hasUnknownAttempt(start.id, null));
    const hold = await this.holds.current();
    const isHeld = hold !== null && start !== undefined && start.createdAt < hold.noticedAt;
    const decision = decideStop(process, kind, open, { whenFound, mayHaveRun, isHeld });
    const at = this.clock.now();
    const plan = { kind, input: { reason }, data: { reason, by: by.name }, takesBack: null };
    switch (decision.do) {
      case 'gone':
        throw new ProcessClosed(process);
      case 'refuse_unknown':
        throw new RunUnknown(process.id);
      case 'refuse_other_stop':
        throw new InvalidState(process.id, `Another stop of process ${process.id} is under way; wait for its outcome.`);
      case 'join':
        return { joins: { operationId: decision.operationId } };
      case 'withdraw': {
        // The start was taken up in between: the process has moved as well.
        if (!start) throw new StaleRevision(`Process ${process.id} is not waiting any more`);
        const after = move(process, { to: 'withdrawn', at, evidence: 'gateway_command' });
        return { ...plan, after, takesBack: { operationId: start.id, to: 'done' } };
      }
      case 'take_back': {
        if (!start) throw new StaleRevision(`Process ${process.id} is not waiting any more`);
        await this.#insistOnSupport(process, kind);
        const after = move(process, { to: 'indeterminate', at });
        return { ...plan, after, takesBack: { operationId: start.id, to: 'unknown' } };
      }
      case 'remember':
        await this.#insistOnSupport(process, kind);
        // The revision counts on, so that a start which just comes back unsent is decided anew and meets this stop.
        return { ...plan, after: { ...process, revision: process.revision + 1 } };
      case 'send':
        await this.#insistOnSupport(process, kind);
        return { ...plan, after: move(process, { to: 'terminating', at }) };
    }
  }

  async #insistOnSupport(process: Process, kind: StopCommand['kind']): Promise<void> {
    const portal = await this.portals.of(process.connection);
    if (!portal) throw new NotFound(`connection "${process.connection}"`);
    if (portal.platform[kind] && !portal.kind.signing.includes(process.definition)) return;
    const note = portal.kind.notes[kind] ?? '';
    throw new Unsupported(`${portal.kind.name} cannot ${kind} a run of "${process.definition}". ${note}`.trim());
  }
}
