import { uuidv7 } from '../lib/uuid.js';
import { newApiKey, storedForm } from './api-key.js';
import type { Client, ClientKey, ClientSettings } from './client.js';
import type { ClientStore } from './client.store.js';
import { isFixed } from './fixed-clients.js';
import type { KnownCallers } from './known-callers.js';
import { ClientIsFixed } from './security.errors.js';

/** The clients of the gateway, as administrators change them. */
export class Clients {
  constructor(
    private readonly store: ClientStore,
    private readonly callers: KnownCallers,
  ) {}

  list(limit: number, before: string | null): Promise<readonly Client[]> {
    return this.store.list(limit, before);
  }

  find(id: string): Promise<Client | null> {
    return this.store.find(id);
  }

  keysOf(id: string): Promise<readonly ClientKey[]> {
    return this.store.keysOf(id);
  }

  /** Adds a client; `key` is to be shown now and is nowhere afterwards. @throws NameTaken */
  async add(settings: ClientSettings): Promise<{ client: Client; key: string }> {
    const key = newApiKey();
    const client = await this.store.add(uuidv7(), settings, { id: uuidv7(), ...storedForm(key) });
    return { client, key };
  }

  /** @throws NameTaken, ClientIsFixed */
  async change(id: string, settings: Partial<ClientSettings>): Promise<Client | null> {
    this.#requireFree(id);
    return this.#changed(this.store.change(id, settings));
  }

  /** Removes a client; its keys end at once, what it started stays. @throws ClientIsFixed */
  async remove(id: string): Promise<boolean> {
    this.#requireFree(id);
    return this.#changed(this.store.remove(id));
  }

  /** One more key, e.g. to change keys without a gap; `null`: no such client. @throws ClientIsFixed */
  async addKey(id: string): Promise<{ shown: ClientKey; key: string } | null> {
    this.#requireFree(id);
    const key = newApiKey();
    const shown = await this.store.addKey(id, { id: uuidv7(), ...storedForm(key) });
    return shown ? { shown, key } : null;
  }

  /** Ends one key, the others stay. @throws ClientIsFixed */
  async removeKey(id: string, keyId: string): Promise<boolean> {
    this.#requireFree(id);
    return this.#changed(this.store.removeKey(id, keyId));
  }

  /** Also where it failed: it may have been committed. */
  #changed<T>(change: Promise<T>): Promise<T> {
    return change.finally(() => this.callers.forget());
  }

  #requireFree(id: string): void {
    if (isFixed(id)) throw new ClientIsFixed(id);
  }
}
