import { KnownError } from '../lib/known-error.js';
import { PlatformError } from '../platforms/platform.errors.js';
import { liveReadErrorOf } from '../platforms/live-read.errors.js';
import type { CallKeys } from './call-keys.store.js';
import { sees } from './client.js';
import type { CommandOnProcess } from './command-desk.js';
import { OutcomeUnknown } from './outcome.errors.js';
import type { Process } from './process.js';
import { KeyReused, NotFound, ProcessClosed, RunUnknown } from './process.errors.js';
import type { ProcessReader } from './process.reader.js';
import { KeyInProgress } from './process.store.js';
import { categoryOf } from './process-state.js';

export interface LogElementCommand extends CommandOnProcess {
  /** Ours, as `GET …/elements` lists it. */
  readonly elementId: string;
  readonly message: string;
}

/** Writes into the logs of elements. */
export interface ElementLogs {
  /** How long one call may take, in seconds. */
  readonly callSeconds: number;
  /** One line. @throws Unsupported @throws PlatformError */
  write(process: Process, nativeElementId: string, message: string): Promise<void>;
}
export const ElementLogs = Symbol('ElementLogs');

/**
 * Writes a line into the log of an element: one call, at once, never repeated.
 *
 * It is no operation: a line that may have been written must not be written again, and one that comes later than its caller
 * waits for says nothing any more. Its key is bound before the call, so that who repeats it writes no second line.
 */
export class LogElement {
  constructor(
    private readonly keys: CallKeys,
    private readonly reader: ProcessReader,
    private readonly logs: ElementLogs,
  ) {}

  /**
   * @returns whether the answer is that of an earlier request with this key
   * @throws NotFound, KeyReused, KeyInProgress, RunUnknown, ProcessClosed, Unsupported, LiveReadError  nothing was written
   * @throws OutcomeUnknown  it may have been written
   */
  async log({ processId, elementId, message, by, key }: LogElementCommand): Promise<'written' | 'replayed'> {
    const process = await this.reader.find(processId);
    if (!process || !sees(by, process)) throw new NotFound(`process ${processId}`);
    const nativeElementId = await this.reader.nativeElementId(processId, elementId);
    const bound = await this.keys.bind(key, process);
    if (bound) {
      if (!bound.fingerprint.equals(key.fingerprint)) throw new KeyReused(key.key);
      if (bound.answer) return 'replayed';
      const isUnderWay = bound.ageSeconds < 2 * this.logs.callSeconds;
      throw isUnderWay ? new KeyInProgress(key.key, {}) : new OutcomeUnknown(process.id, null);
    }
    try {
      if (categoryOf[process.state] === 'closed') throw new ProcessClosed(process);
      if (process.nativeId === null) throw new RunUnknown(process.id);
      if (nativeElementId === null) throw new NotFound(`element ${elementId} in process ${processId}`);
      await this.logs.write(process, nativeElementId, message);
    } catch (error) {
      // Our own mistakes count as doubt, too: the key stays bound.
      const isDoubt = error instanceof PlatformError ? error.executed === 'unknown' : !(error instanceof KnownError);
      if (!isDoubt) await this.keys.free(key);
      if (!(error instanceof PlatformError)) throw error;
      throw isDoubt ? new OutcomeUnknown(process.id, error) : liveReadErrorOf(error);
    }
    await this.keys.answered(key, process, { executed: true });
    return 'written';
  }
}
