import { MalformedRequest } from './door.errors.js';

/** The bytes of one item; `null`: it is larger than an item may be, and was passed over. */
export type ItemBytes = Buffer | null;

/** How items follow each other: each on a line of its own, or as the elements of a JSON array. */
export type ItemForm = 'lines' | 'array';

/** Collects the bytes of one item, over as many chunks as it takes. */
class Collected {
  #parts: Buffer[] = [];
  #length = 0;

  constructor(private readonly maxBytes: number) {}

  add(part: Buffer): void {
    // White space before an item is no part of it.
    if (this.#length === 0 && isBlank(part)) return;
    this.#length += part.length;
    if (this.#length > this.maxBytes) this.#parts = [];
    else if (part.length > 0) this.#parts.push(part);
  }

  /** The item, and begins the next one; `undefined`: nothing but white space. */
  take(): ItemBytes | undefined {
    if (this.#length === 0) return undefined;
    const item = this.#length > this.maxBytes ? null : Buffer.concat(this.#parts);
    this.#parts = [];
    this.#length = 0;
    return item;
  }
}

/** Items as they come in, each as soon as its end has come; never more of them in memory than one. */
export async function* itemsIn(
  chunks: AsyncIterable<Buffer>,
  form: ItemForm,
  maxBytes: number,
): AsyncGenerator<ItemBytes> {
  const item = new Collected(maxBytes);
  const cut = form === 'lines' ? cutLines : new ArrayCut().cut;
  let rest: CutEnd = 'open';
  for await (const chunk of chunks) {
    let from = 0;
    for (const { at, end, since = from } of cut(chunk)) {
      item.add(chunk.subarray(since, at));
      from = at + 1;
      const whole = item.take();
      if (whole !== undefined) yield whole;
      else if (end === 'comma' || rest === 'comma') throw malformed('An element of the array is missing at a comma.');
      rest = end;
    }
    item.add(chunk.subarray(from));
  }
  const last = item.take();
  if (form === 'lines' && last !== undefined) yield last;
  if (form === 'array' && (rest !== 'closed' || last !== undefined))
    throw malformed('The array does not end where the body does.');
}

type CutEnd = 'open' | 'comma' | 'closed' | 'line';

/** Where an item ends, at a byte that belongs to none. */
interface Cut {
  readonly at: number;
  /** Where it goes on in this chunk; absent: behind the one before. */
  readonly since?: number;
  readonly end: CutEnd;
}

const sign = { newline: 0x0a, quote: 0x22, comma: 0x2c, backslash: 0x5c } as const;
const opening = new Set([0x5b, 0x7b]);
const closing = new Set([0x5d, 0x7d]);

/** Of newlines that follow each other the first alone ends a line: a body full of them costs no more than its bytes. */
function* cutLines(chunk: Buffer): Generator<Cut> {
  let since = 0;
  for (let at = chunk.indexOf(sign.newline); at !== -1; at = chunk.indexOf(sign.newline, since)) {
    yield { at, since, end: 'line' };
    since = at + 1;
    while (chunk[since] === sign.newline) since += 1;
  }
}

/** Cuts the array at its own brackets and commas; what stands inside an element is judged with the element. */
class ArrayCut {
  #depth = 0;
  #isText = false;
  #isEscaped = false;
  #isOver = false;

  readonly cut = (chunk: Buffer): Iterable<Cut> => this.#cut(chunk);

  *#cut(chunk: Buffer): Generator<Cut> {
    for (let at = 0; at < chunk.length; at += 1) {
      const byte = chunk[at] ?? 0;
      const end = this.#isText ? this.#inText(byte) : this.#outside(byte);
      if (end !== null) yield { at, end };
    }
  }

  #inText(byte: number): null {
    if (this.#isEscaped) this.#isEscaped = false;
    else if (byte === sign.backslash) this.#isEscaped = true;
    else if (byte === sign.quote) this.#isText = false;
    return null;
  }

  #outside(byte: number): CutEnd | null {
    // Whatever stands behind the array is left for whoever asks whether the body ends there.
    if (isSpace(byte) || this.#isOver) return null;
    if (this.#depth === 0) {
      if (byte !== 0x5b) throw malformed('The body is no JSON array; send one, or a line of JSON for each start.');
      this.#depth = 1;
      return 'open';
    }
    if (byte === sign.quote) this.#isText = true;
    else if (opening.has(byte)) this.#depth += 1;
    else if (closing.has(byte)) {
      this.#depth -= 1;
      if (this.#depth === 0) {
        this.#isOver = true;
        return 'closed';
      }
    } else if (byte === sign.comma && this.#depth === 1) return 'comma';
    return null;
  }
}

function isSpace(byte: number): boolean {
  return byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09;
}

function isBlank(part: Buffer): boolean {
  for (const byte of part) if (!isSpace(byte)) return false;
  return true;
}

function malformed(message: string): MalformedRequest {
  return new MalformedRequest(message);
}
