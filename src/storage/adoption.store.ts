import type { DataSource } from 'typeorm';
import type { AdoptionStore, AdoptionWritten, NewAdoption } from '../processes/adoption.store.js';
import { KeyInProgress } from '../processes/process.store.js';
import { adopt, explainUnadopted } from './adoption.sql.js';
import { changeColumns, numbered } from './change-rows.js';
import type { Row } from './columns.js';
import { isDatabaseTrouble, isLockTimeout, isUniqueViolation } from './database-trouble.js';
import { json } from './process-json.js';
import { processOf } from './process-of-row.js';
import { photograph, processRow } from './process-rows.js';
import { rememberedKey } from './process.reader.js';

interface UnadoptedRow {
  readonly is_taken: boolean;
  readonly holder: Row | null;
  readonly suspect: (Row & { readonly incident_id: string | null }) | null;
}

/** Nothing of an adopted process waits, or is looked for. */
const noDelays = { firstLookMs: 0, laneMs: 0 };

/** Brings native runs under management, in Postgres: one statement, and so one commit. */
export class PostgresAdoptionStore implements AdoptionStore {
  constructor(private readonly database: DataSource) {}

  async adopt(adoption: NewAdoption): Promise<AdoptionWritten> {
    for (let again = true; ; again = false) {
      const written = await this.#written(adoption);
      if (written) return written;
      // What stood in the way was gone when it was asked for.
      if (!again) throw new Error(`The run ${adoption.adopted.process.nativeId} is neither free nor anybody's`);
    }
  }

  async #written(adoption: NewAdoption): Promise<AdoptionWritten | null> {
    try {
      return await this.#write(adoption);
    } catch (error) {
      if (isLockTimeout(error)) throw new KeyInProgress(adoption.key.key, { cause: error });
      // The commit whose answer was lost may have happened: the same rows again find out.
      if (isDatabaseTrouble(error)) return this.#write(adoption);
      // Somebody claimed the run in the very moment; his row can be read by now.
      if (isUniqueViolation(error)) return this.#explained(adoption);
      throw error;
    }
  }

  async #write(adoption: NewAdoption): Promise<AdoptionWritten | null> {
    const { adopted, key } = adoption;
    const change = numbered({
      process: adopted.process,
      news: adopted.news,
      fromRevision: 0,
      looks: 'none',
      lane: 'free',
      claims: [],
      opens: [],
      resolves: null,
    });
    const [row] = await this.database.query<{ written: number }[]>(adopt, [
      ...this.#asked(adoption),
      key.clientId,
      key.key,
      key.fingerprint,
      json({ ...changeColumns(change, noDelays), process: processRow(change.process) }),
      photograph(change.process, { word: 'confirmed', extra: { adopted: true } }),
    ]);
    return row?.written === 1 ? { outcome: 'adopted', process: change.process } : this.#explained(adoption);
  }

  async #explained(adoption: NewAdoption): Promise<AdoptionWritten | null> {
    const { adopted, key } = adoption;
    const remembered = await rememberedKey(this.database, key.clientId, key.key);
    if (remembered?.processId === adopted.process.id) return { outcome: 'adopted', process: adopted.process };
    if (remembered) return { outcome: 'known', remembered };
    const [why] = await this.database.query<UnadoptedRow[]>(explainUnadopted, [...this.#asked(adoption)]);
    if (why?.is_taken) return { outcome: 'taken', by: why.holder && processOf(why.holder) };
    if (!why?.suspect) return null;
    const { incident_id: incidentId, ...process } = why.suspect;
    return { outcome: 'suspected', suspect: { process: processOf(process), incidentId } };
  }

  #asked({ adopted: { process }, startedAt, anyLane }: NewAdoption): readonly unknown[] {
    return [process.portal, process.nativeId, process.lane, anyLane ? process.definition : null, startedAt];
  }
}
