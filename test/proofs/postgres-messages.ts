/** One message of a Postgres session: its type, e.g. `P` or `Z`, and its bytes with type and length. */
export interface PostgresMessage {
  /** The empty string: the first message of a session, which has no type. */
  readonly type: string;
  readonly bytes: Buffer;
}

/** Cuts one side's bytes of a session without TLS into messages. Source: postgresql.org, "Message Formats". */
export class PostgresMessages {
  #bytes = Buffer.alloc(0);

  /** @param opensUntyped  whether the first message has no type: the client's side */
  constructor(private opensUntyped: boolean) {}

  add(chunk: Buffer): PostgresMessage[] {
    this.#bytes = Buffer.concat([this.#bytes, chunk]);
    const whole: PostgresMessage[] = [];
    for (;;) {
      const typeSize = this.opensUntyped ? 0 : 1;
      if (this.#bytes.length < typeSize + 4) return whole;
      const size = typeSize + this.#bytes.readInt32BE(typeSize);
      if (this.#bytes.length < size) return whole;
      const bytes = this.#bytes.subarray(0, size);
      whole.push({ type: this.opensUntyped ? '' : bytes.toString('latin1', 0, 1), bytes });
      this.#bytes = this.#bytes.subarray(size);
      this.opensUntyped = false;
    }
  }
}

/** Remembers the statements that a session has prepared, and tells the text of one that is about to run. */
export class Statements {
  readonly #texts = new Map<string, string>();

  /** The text that this message of the client runs; `null`: it runs none. */
  runBy({ type, bytes }: PostgresMessage): string | null {
    if (type === 'Q') return textAt(bytes, 5);
    if (type === 'P') {
      const name = textAt(bytes, 5);
      this.#texts.set(name, textAt(bytes, 5 + Buffer.byteLength(name) + 1));
    }
    if (type !== 'B') return null;
    const portal = textAt(bytes, 5);
    return this.#texts.get(textAt(bytes, 5 + Buffer.byteLength(portal) + 1)) ?? null;
  }
}

function textAt(bytes: Buffer, from: number): string {
  return bytes.toString('utf8', from, bytes.indexOf(0, from));
}
