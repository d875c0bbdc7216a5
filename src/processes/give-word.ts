import type { Clock } from '../lib/clock.js';
import type { Json } from '../lib/json.js';
import type { Log } from '../lib/log.js';
import { sees, type Client } from './client.js';
import { decide, type IdempotencyKey, type Remembered } from './idempotency.js';
import { NativeIdTaken } from './lost.store.js';
import { requireMay, type Wording } from './may-say.js';
import { said, type PersonsWord } from './persons-word.js';
import type { Process } from './process.js';
import { KeyReused, NotFound, RunTaken } from './process.errors.js';
import type { ProcessReader } from './process.reader.js';
import { StaleRevision } from './process.store.js';
import type { Sender } from './sender.js';
import type { Word, WordStore } from './word.store.js';

/** A person's word on its way to a process. */
export interface WordGiven {
  readonly processId: string;
  readonly by: Client;
  readonly key: IdempotencyKey;
  readonly reason: string;
  readonly wording: Wording;
  /** The whole word, once the process may take it; asks the platform where it has to. */
  readonly word: (process: Process) => Promise<PersonsWord>;
  /** The incident that it speaks to as it is now; throws where the speaker has not seen it so. */
  readonly incident: () => Promise<Word['incident']>;
  /** Kept under the key. */
  readonly kept: Json;
}

/** Given, or given before under the same key. */
export type Given =
  { readonly is: 'given'; readonly process: Process } | { readonly is: 'known'; readonly remembered: Remembered };

export interface GiveWordParts {
  readonly store: WordStore;
  readonly reader: ProcessReader;
  readonly sender: Pick<Sender, 'queued' | 'unqueued' | 'wake'>;
  readonly clock: Clock;
  readonly log: Log;
  /** Seconds of the longest life of a request at a connection. */
  lifeSecondsAt(connection: string): Promise<number>;
}

/** Writes what people say of processes; decided anew when the process moved in between. */
export class GiveWord {
  constructor(private readonly parts: GiveWordParts) {}

  /** What stands under a key; `null`: it is new. @throws KeyReused */
  async remembered({ clientId, key, fingerprint }: IdempotencyKey): Promise<Remembered | null> {
    const remembered = await this.parts.reader.remembered(clientId, key);
    if (decide(remembered, fingerprint).do === 'refuse') throw new KeyReused(key);
    return remembered;
  }

  /** @throws NotFound, KeyReused, InvalidState, ProcessClosed, RunTaken and what `word` and `incident` throw: nothing is written */
  async give(given: WordGiven): Promise<Given> {
    const remembered = await this.remembered(given.key);
    if (remembered) return { is: 'known', remembered };
    try {
      return await this.#given(given);
    } catch (error) {
      // The same word under the same key may have been given in between, which is why nothing is left to say.
      const meanwhile = await this.remembered(given.key);
      if (meanwhile) return { is: 'known', remembered: meanwhile };
      throw error;
    }
  }

  async #given(given: WordGiven): Promise<Given> {
    for (let decidedOn: number | null = null; ;) {
      const process = await this.parts.reader.find(given.processId);
      if (!process || !sees(given.by, process)) throw new NotFound(`process ${given.processId}`);
      const incident = await given.incident();
      try {
        return await this.#giveOn(process, given, incident);
      } catch (error) {
        if (error instanceof NativeIdTaken) throw new RunTaken(error.holder.nativeId);
        // Where it has not moved, to decide anew would never end.
        if (!(error instanceof StaleRevision) || process.revision === decidedOn) throw error;
        decidedOn = process.revision;
      }
    }
  }

  async #giveOn(process: Process, given: WordGiven, incident: Word['incident']): Promise<Given> {
    const { store, clock } = this.parts;
    const { wording, by, reason, key, kept } = given;
    const { id, state, revision } = process;
    // Of what is known to have run no request is waited for, and its portal may be gone for good.
    const lifeSeconds = state === 'indeterminate' ? await this.parts.lifeSecondsAt(process.connection) : 0;
    const standing = await store.standing(id, lifeSeconds);
    if (standing?.process.revision !== revision) throw new StaleRevision(`Process ${id} has changed`);
    requireMay(standing, wording);
    const word = await given.word(standing.process);
    const follows = said(standing, word, { by: by.name, reason, at: clock.now() });
    const first = await store.give({ ...follows, lifeSeconds, incident, key, kept });
    if (first) {
      if (decide(first, key.fingerprint).do === 'refuse') throw new KeyReused(key.key);
      return { is: 'known', remembered: first };
    }
    if (state === 'queued' && follows.start) this.parts.sender.unqueued(process.connection);
    this.#tell(follows.change.process, given);
    return { is: 'given', process: follows.change.process };
  }

  #tell({ id, state, connection }: Process, { wording, by, reason }: WordGiven): void {
    if (wording.does === 'close') {
      this.parts.log.info('process.closed', { processId: id, connection, state, by: by.name, reason });
    }
    if (state === 'queued') this.parts.sender.queued(connection);
    // A stop may have waited for this.
    else this.parts.sender.wake();
  }
}
