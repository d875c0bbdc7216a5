/** Cuts a stream of bytes into whole HTTP messages by `content-length`, which is all that our servers and clients send. */
export class HttpMessages {
  #bytes = Buffer.alloc(0);

  /** @returns the messages that are whole now, each with its head */
  add(chunk: Buffer): Buffer[] {
    this.#bytes = Buffer.concat([this.#bytes, chunk]);
    const whole: Buffer[] = [];
    for (let size = sizeOf(this.#bytes); size !== null && size <= this.#bytes.length; size = sizeOf(this.#bytes)) {
      whole.push(this.#bytes.subarray(0, size));
      this.#bytes = this.#bytes.subarray(size);
    }
    return whole;
  }
}

/** The size of the message that begins these bytes; `null`: its head is not complete. */
function sizeOf(bytes: Buffer): number | null {
  const end = bytes.indexOf('\r\n\r\n');
  if (end < 0) return null;
  const length = /\r\ncontent-length: *(\d+)/i.exec(bytes.subarray(0, end).toString('latin1'))?.[1];
  return end + 4 + Number(length ?? 0);
}
