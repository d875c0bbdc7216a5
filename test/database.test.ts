import { Client } from 'pg';
import { freshDatabase } from './database.js';

async function tablesOf(url: string): Promise<string[]> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    const { rows } = await client.query<{ tablename: string }>(
      "select tablename from pg_tables where schemaname = 'public' order by 1",
    );
    return rows.map((row) => row.tablename);
  } finally {
    await client.end();
  }
}

describe('databases of tests', () => {
  it('are migrated, one for each who asks, and go when dropped', async () => {
    const [one, other] = await Promise.all([freshDatabase(), freshDatabase()]);
    try {
      expect(one.url).not.toBe(other.url);
      expect(await tablesOf(one.url)).toContain('migrations');
      await one.drop();
      await expect(tablesOf(one.url)).rejects.toMatchObject({ code: '3D000' });
      expect(await tablesOf(other.url)).toContain('migrations');
    } finally {
      await one.drop();
      await other.drop();
    }
  });
});
