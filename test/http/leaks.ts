import { Client } from 'pg';
import type { CallbackDesk } from './callback-desk.js';

type Row = Readonly<Record<string, unknown>>;

export async function rowsOf(databaseUrl: string, sql: string): Promise<readonly Row[]> {
  const client = new Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    return (await client.query<Row>(sql)).rows;
  } finally {
    await client.end();
  }
}

/**
 * Every secret that came with a callback, and those that stand, in clear or as bytes, in a log line, an answer or any row of
 * the database.
 */
export async function leaks(desk: CallbackDesk): Promise<{ secrets: readonly string[]; leaked: readonly string[] }> {
  const { told, elements } = await desk.truth();
  const inForms = told.flatMap(({ body }) => {
    const form = new URLSearchParams(body);
    return ['access_token', 'refresh_token', 'application_token'].map((name) => form.get(`auth[${name}]`));
  });
  const secrets = [...new Set([...elements.map(({ token }) => token), ...inForms])].filter((one) => one !== null);
  const listed = `select table_name as name from information_schema.tables where table_schema = 'public'`;
  const tables = await rowsOf(desk.databaseUrl, listed);
  const rows = await Promise.all(
    tables.map(({ name }) => rowsOf(desk.databaseUrl, `select t::text as row from "${String(name)}" t`)),
  );
  const everything = [...desk.lines, ...desk.answers, ...rows.flat().map(({ row }) => String(row))].join('\n');
  const forms = secrets.flatMap((secret) => [secret, Buffer.from(secret).toString('hex')]);
  return { secrets, leaked: forms.filter((form) => everything.includes(form)) };
}
