import type { Call } from '../platform.js';
import type { CreatioClient } from './creatio.client.js';
import { unreadable } from './creatio.refusals.js';
import { parsed, SelectedIds } from './creatio.wire.js';
import { ourself } from './ourself.js';

/** The contact of our technical user, in lower case: rows name contacts, and a sign-in tells none. Asked for once. */
export class OurContact {
  #id: string | null = null;

  constructor(private readonly client: CreatioClient) {}

  /** @throws InDoubt  the answer names nobody */
  async id(call: Call): Promise<string> {
    if (this.#id !== null) return this.#id;
    const answer = await this.client.send(ourself, call);
    const [row] = parsed(SelectedIds, answer.body)?.rows ?? [];
    if (answer.status !== 200 || !row) throw unreadable('Who we are', answer);
    return (this.#id = row.Id.toLowerCase());
  }
}
