/** Of Postgres: the types of elements. */
const types = { bytea: 17, text: 25, timestamptz: 1184, jsonb: 3802 } as const;

/** Before the elements: dimensions, whether there are nulls, the type, how many, the first index; 4 bytes each. */
const headBytes = 20;
const lengthBytes = 4;
const timeBytes = 8;
/** Of the form of jsonb. */
const version = 1;
/** Postgres counts from 2000, in microseconds. */
const epochMs = Date.UTC(2000, 0, 1);

/**
 * The values of one column of many rows, as a parameter: what may be long or hold any character in the binary form of
 * arrays, which neither side has to quote or to search for quotes. JSON of whole rows cost Postgres more than writing them.
 */
export type ColumnValues = Buffer | string;

/** Texts; what Postgres has no character for becomes U+FFFD: U+0000 here, lone surrogates wherever UTF-8 is written. */
export function texts(values: readonly (string | null)[]): Buffer {
  const storable = values.some((value) => value?.includes('\0'))
    ? values.map((value) => value?.replaceAll('\0', '\uFFFD') ?? null)
    : values;
  return packed(types.text, storable, 0);
}

/** JSON texts as jsonb, as `json` writes them. */
export function jsons(values: readonly (string | null)[]): Buffer {
  return packed(types.jsonb, values, 1);
}

export function byteas(values: readonly Buffer[]): Buffer {
  return packed(types.bytea, values, 0);
}

export function times(values: readonly (Date | null)[]): Buffer {
  const array = Buffer.alloc(headBytes + values.length * (lengthBytes + timeBytes));
  let at = head(array, types.timestamptz, values);
  for (const value of values) {
    at = array.writeInt32BE(value ? timeBytes : -1, at);
    if (value) at = array.writeBigInt64BE(BigInt(value.getTime() - epochMs) * 1000n, at);
  }
  return array.subarray(0, at);
}

/** Ids, numbers and whatever else needs no quotes. */
export function plain(values: readonly (string | number | boolean | null)[]): string {
  return `{${values.map((value) => value ?? 'null').join(',')}}`;
}

/** A list of texts as a text that is cast to `text[]`, since lists in a list would have to be equally long. */
export function listText(list: readonly string[] | null): string | null {
  return list && `{${list.map((text) => `"${text.replace(/["\\]/g, String.raw`\$&`)}"`).join(',')}}`;
}

/** @param before  bytes before each value */
function packed(type: number, values: readonly (string | Buffer | null)[], before: 0 | 1): Buffer {
  const lengths = values.map((value) => (value === null ? -1 : Buffer.byteLength(value) + before));
  const bytes = lengths.reduce((sum, length) => sum + lengthBytes + Math.max(length, 0), headBytes);
  const array = Buffer.allocUnsafe(bytes);
  let at = head(array, type, values);
  for (const [index, value] of values.entries()) {
    at = array.writeInt32BE(lengths[index] ?? -1, at);
    if (value === null) continue;
    if (before === 1) at = array.writeUInt8(version, at);
    at += typeof value === 'string' ? array.write(value, at) : value.copy(array, at);
  }
  return array;
}

function head(array: Buffer, type: number, values: readonly unknown[]): number {
  array.writeInt32BE(1, 0);
  array.writeInt32BE(values.includes(null) ? 1 : 0, 4);
  array.writeInt32BE(type, 8);
  array.writeInt32BE(values.length, 12);
  return array.writeInt32BE(1, 16);
}
