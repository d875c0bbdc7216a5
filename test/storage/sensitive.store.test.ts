import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { SecretBox } from '../../src/lib/secret-box.js';
import { MarkVariables } from '../../src/processes/mark-variables.js';
import { StaleRevision } from '../../src/processes/process.store.js';
import { SealedValues } from '../../src/processes/sealed-values.js';
import { NewlyMarked } from '../../src/processes/sensitive.store.js';
import { SensitiveVariables } from '../../src/processes/sensitive-variables.js';
import { PostgresSensitiveStore } from '../../src/storage/sensitive.store.js';
import { anOperation, at } from '../processes/samples.js';
import { acceptance, aCommand, aStart, ProcessRoom, settlementOf } from './process-room.js';

const marked = { connection: 'sales', definition: '1', names: ['Salary'] };
const canary = 'canary-of-a-salary';
const redacted = '[redacted]';

let room: ProcessRoom;
let store: PostgresSensitiveStore;
let sensitive: SensitiveVariables;
let marking: MarkVariables;
const sealed = new SealedValues(new SecretBox([{ id: 'test', key: Buffer.alloc(32, 7) }]));

beforeAll(async () => {
  room = await ProcessRoom.open();
  store = new PostgresSensitiveStore(room.database);
});
afterAll(() => room?.close());
beforeEach(async () => {
  await room.empty();
  await room.database.query(
    `insert into connections (key, platform, name, base_url, auth_shown, auth_sealed, settings, limits)
     values ('sales', 'paper', 'sales', 'https://portal.example', '{}', '', '{}', '{}')`,
  );
  sensitive = new SensitiveVariables(store, () => performance.now());
  marking = new MarkVariables(sensitive, store, sealed);
});

/** Tables that hold the value in clear. */
async function holders(): Promise<readonly string[]> {
  const found: string[] = [];
  for (const table of ['processes', 'operations', 'idempotency_keys', 'events', 'attempts', 'reports']) {
    const rows = await room.database.query<object[]>(`select from ${table} row where row::text like $1`, [
      `%${canary}%`,
    ]);
    if (rows.length > 0) found.push(table);
  }
  return found;
}

describe('a start that was read before its variables were marked', () => {
  it.each(['allow', 'reject'] as const)(
    'is not accepted in clear, and nothing of it is written (business key: %s)',
    async (businessKey) => {
      await store.mark(marked);
      const start = aStart({ variables: { Salary: canary }, businessKey: 'PO-1' });
      await expect(room.store.accept(acceptance(start, businessKey))).rejects.toThrow(NewlyMarked);
      expect([await room.count('processes'), await room.count('idempotency_keys')]).toEqual([0, 0]);
    },
  );

  it('is accepted once it is sealed', async () => {
    await store.mark(marked);
    const start = aStart();
    const kept = sealed.kept(start.process.id, { Salary: canary }, ['Salary'], { Salary: canary });
    const accepted = await room.store.accept(acceptance({ ...start, process: { ...start.process, ...kept } }));
    expect(accepted.outcome).toBe('accepted');
    expect(await holders()).toEqual([]);
  });

  it('is accepted where another definition is marked', async () => {
    await store.mark({ ...marked, definition: '2' });
    expect((await room.store.accept(acceptance(aStart({ variables: { Salary: canary } })))).outcome).toBe('accepted');
  });
});

describe('what was stored before the mark', () => {
  it('is sealed with it: variables, results, photographs, commands', async () => {
    const open = await room.running({ variables: { Salary: canary, Title: 'clear' }, results: ['Salary'] });
    const operation = anOperation(open, 'complete_element', {
      input: { elementId: 'e', variables: { Salary: canary } },
    });
    await room.store.command(
      aCommand(open, 'complete_element', { ...open, revision: open.revision + 1 }, { operation }),
    );
    const now = await room.found(open.id);
    const answer = `{"word":"confirmed","extra":null,"progress":{"result":{"Salary":"${canary}","Code":"7"}}}`;
    await room.database.query('update processes set result = $1', [{ Salary: canary, Code: '7' }]);
    await room.database.query('update idempotency_keys set answer = $1', [answer]);
    expect(await holders()).toEqual(['processes', 'operations', 'idempotency_keys']);

    expect(await marking.mark(marked)).toBe(1);
    expect(await holders()).toEqual([]);
    const found = await room.found(open.id);
    expect(found).toMatchObject({
      variables: { Salary: redacted, Title: 'clear' },
      result: { Salary: redacted, Code: '7' },
      revision: now.revision + 1,
    });
    expect(sealed.open(found)).toEqual({ Salary: canary, Title: 'clear' });
    expect(sealed.opened(await room.operation(operation.id)).input).toEqual(operation.input);
    expect(await marking.mark(marked)).toBe(0);
  });

  it('is not written in clear again by whoever read it before', async () => {
    const intended = await room.sending({ variables: { Salary: canary }, results: ['Salary'] });
    await marking.mark(marked);
    const learnt = { nativeId: 'run', result: { Salary: canary } };
    await expect(room.store.settle(settlementOf(intended, { to: 'running', at, learnt }))).rejects.toThrow(
      StaleRevision,
    );

    const again = { ...intended, process: await room.found(intended.process.id) };
    await room.store.settle(settlementOf(again, { to: 'running', at, learnt }));
    expect(await holders()).toEqual([]);
  });

  it('does not come back where its file was erased meanwhile', async () => {
    const open = await room.running({ variables: { Salary: canary } });
    const [stored] = await store.unmarked(marked, null);
    if (!stored) throw new Error('Nothing is stored');
    await room.database.query(
      "update processes set category = 'closed', variables = '{}', closed_variables = '{}', revision = revision + 1",
    );
    const values = { ...stored, sensitive: ['Salary'], sealedVariables: 'a file' };
    expect(await store.rewrite(stored, values)).toBe(false);
    const [row] = await room.database.query<{ sealed_variables: string | null }[]>(
      'select sealed_variables from processes where id = $1',
      [open.id],
    );
    expect(row).toEqual({ sealed_variables: null });
  });
});

it('is known to another replica by the start that it refuses, and within seconds for all else', async () => {
  let nowMs = 0;
  const other = new SensitiveVariables(store, () => nowMs);
  expect(await other.of('sales', '1')).toEqual([]);
  await store.mark(marked);
  expect(await other.of('sales', '1')).toEqual([]);
  other.changed();
  expect(await other.of('sales', '1')).toEqual(['Salary']);
  await store.mark({ ...marked, names: [] });
  nowMs += 5000;
  expect(await other.of('sales', '1')).toEqual([]);
});
