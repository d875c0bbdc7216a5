import { Client } from 'pg';

/** Somewhere that no secret may be: a text, and where it was written. */
export interface Place {
  readonly where: string;
  readonly text: string;
  /** The one secret that may stand here, since this is where it is shown once. */
  readonly shows?: string;
}

/** A secret that was found, named and not repeated. */
export interface Found {
  readonly secret: string;
  readonly form: string;
  readonly where: string;
}

/** Looks for every secret, in every form, at every place. @param secrets  by name */
export function search(secrets: ReadonlyMap<string, string>, places: readonly Place[]): readonly Found[] {
  const found: Found[] = [];
  for (const [secret, value] of secrets) {
    for (const [form, text] of formsOf(value)) {
      for (const place of places) {
        if (place.shows !== value && place.text.includes(text)) found.push({ secret, form, where: place.where });
      }
    }
  }
  return found;
}

/** What base64 has of a text at each of its three alignments, whatever stands around it. */
function base64Of(value: string): readonly (readonly [string, string])[] {
  const bytes = Buffer.from(value);
  return [0, 1, 2].map((skipped) => {
    // From the first whole group of three bytes to the last one: that much is the same wherever it stands.
    const from = (3 - skipped) % 3;
    const whole = from + Math.floor((bytes.length - from) / 3) * 3;
    return [`base64 at ${skipped}`, bytes.subarray(from, whole).toString('base64')] as const;
  });
}

/** How a text may stand in another one. */
export function formsOf(value: string): readonly (readonly [form: string, text: string])[] {
  const base64 = base64Of(value).flatMap(([form, text]) => [
    [form, text] as const,
    [`${form}, of URLs`, text.replaceAll('+', '-').replaceAll('/', '_')] as const,
  ]);
  return [
    ['as it is', value],
    ['of URLs', encodeURIComponent(value)],
    ['of JSON', JSON.stringify(value).slice(1, -1)],
    ['of HTML', value.replaceAll('&', '&amp;').replaceAll('"', '&quot;').replaceAll('<', '&lt;')],
    ['hexadecimal', Buffer.from(value).toString('hex')],
    ...base64,
  ];
}

/** Every value of every row of a database, bytes as they are. */
export async function rowsOfEverything(databaseUrl: string): Promise<readonly Place[]> {
  const client = new Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    const places: Place[] = [];
    for await (const place of rowsOf(client)) places.push(place);
    return places;
  } finally {
    await client.end();
  }
}

/** Every value of every row, over a connection that stands. */
export async function* rowsOf(client: Client): AsyncGenerator<Place> {
  const tables = await client.query<{ name: string }>(
    `select format('%I.%I', schemaname, tablename) as name from pg_tables
     where schemaname not in ('pg_catalog', 'information_schema')`,
  );
  for (const { name } of tables.rows) {
    const { rows } = await client.query<Record<string, unknown>>(`select * from ${name}`);
    for (const row of rows)
      for (const [column, value] of Object.entries(row))
        if (value !== null) yield { where: `${name}.${column}`, text: textOf(value) };
  }
}

function textOf(value: unknown): string {
  if (Buffer.isBuffer(value)) return `${value.toString('latin1')} ${value.toString('base64')}`;
  return typeof value === 'string' ? value : JSON.stringify(value);
}
