import type { Portals } from '../connections/portals.js';
import { sees, type Client } from './client.js';
import { decide, type IdempotencyKey } from './idempotency.js';
import { wasAdopted } from './process.js';
import { InvalidState, KeyReused, NotFound } from './process.errors.js';
import type { ProcessReader } from './process.reader.js';
import { retryableStates } from './process-state.js';
import type { SealedValues } from './sealed-values.js';
import type { Commanded } from './start-command.js';
import type { StartProcess } from './start-process.js';

export interface RetryCommand {
  readonly processId: string;
  readonly by: Client;
  readonly key: IdempotencyKey;
  readonly traceId: string;
}

/** Starts a new process with the input of one that came to nothing. */
export class RetryProcess {
  constructor(
    private readonly reader: ProcessReader,
    private readonly portals: Portals,
    private readonly starts: StartProcess,
    private readonly sealed: Pick<SealedValues, 'open'>,
  ) {}

  /** @throws NotFound, InvalidState, KeyReused and whatever a start throws: nothing was accepted */
  async retry({ processId, by, key, traceId }: RetryCommand): Promise<Commanded> {
    const decision = decide(await this.reader.remembered(by.id, key.key), key.fingerprint);
    if (decision.do === 'refuse') throw new KeyReused(key.key);
    if (decision.do !== 'accept') return { is: 'known', remembered: decision.remembered };
    const process = await this.reader.find(processId);
    if (!process || !sees(by, process)) throw new NotFound(`process ${processId}`);
    if (!retryableStates.includes(process.state)) {
      throw new InvalidState(
        processId,
        `Process ${processId} is ${process.state}; only ${retryableStates.join(', ')} can be retried.`,
      );
    }
    if (wasAdopted(process)) {
      throw new InvalidState(
        processId,
        'Its run was adopted, so its input is not known here. Start it anew with POST /v1/processes.',
      );
    }
    const portal = await this.portals.of(process.connection);
    if (portal?.kind.signing.includes(process.definition)) {
      throw new InvalidState(
        processId,
        'A signing cannot be retried: its file is not kept. Start it anew with the file.',
      );
    }
    const { startWithinSeconds, ...input } = process;
    const variables = this.sealed.open(process);
    const fields = {
      ...input,
      variables,
      startBefore: null,
      startWithinSeconds,
      onBusinessKeyConflict: 'allow' as const,
    };
    return this.starts.start({ fields, by, key, traceId, retryOf: processId, waits: true });
  }
}
