import { DatabaseUnusable, requireUsableDatabase } from '../../src/storage/database-check.js';
import { readableLines } from '../../src/startup-faults.js';
import { freshDatabase } from '../database.js';

async function linesOf(url: string): Promise<readonly string[]> {
  try {
    await requireUsableDatabase(url);
    return [];
  } catch (error) {
    if (!(error instanceof DatabaseUnusable)) throw error;
    return readableLines(error);
  }
}

describe('a database that the gateway is given', () => {
  it('is taken where it answers', async () => {
    const database = await freshDatabase();
    expect(await linesOf(database.url)).toEqual([]);
    await database.drop();
  });

  it('is named in one line where nobody listens, without its password', async () => {
    const lines = await linesOf('postgres://someone:canary@127.0.0.1:1/nothing');
    expect(lines).toEqual([expect.stringMatching(/^The database nothing at 127\.0\.0\.1:1 cannot be used: /)]);
    expect(lines.join('')).not.toContain('canary');
  });

  it('is named in one line where it does not exist', async () => {
    const database = await freshDatabase();
    await database.drop();
    expect(await linesOf(database.url)).toEqual([expect.stringContaining('does not exist')]);
  });
});
