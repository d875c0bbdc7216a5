import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { v7 as uuidv7 } from 'uuid';
import { ElementSecrets } from '../../src/connections/element-secrets.js';
import { Vault } from '../../src/connections/vault.js';
import { SealBroken, SecretBox } from '../../src/lib/secret-box.js';
import { bitrix24 } from '../../src/platforms/bitrix24/bitrix24.platform.js';
import { SealedValues } from '../../src/processes/sealed-values.js';
import {
  rotateColumn,
  type RotatedColumn,
  type SealedColumn,
  type SealedRow,
} from '../../src/security/rotate-credentials.js';
import { openDatabase, type Database } from '../../src/storage/database.js';
import { sealedColumns } from '../../src/storage/sealed-columns.js';
import { WebhookSecrets } from '../../src/webhooks/webhook-secrets.js';
import { freshDatabase } from '../database.js';
import { anOperation, aProcess } from '../processes/samples.js';
import { acceptance, aStart, ProcessRoom } from './process-room.js';

const old = { id: 'old', key: Buffer.alloc(32, 1) };
const young = { id: 'young', key: Buffer.alloc(32, 2) };
const before = new SecretBox([old]);
const both = new SecretBox([young, old]);
const after = new SecretBox([young]);
const auth = { type: 'webhook', userId: 1, secret: 'canary-of-a-webhook' };

let room: ProcessRoom;

beforeAll(async () => {
  room = await ProcessRoom.open();
});
afterAll(() => room?.close());
beforeEach(async () => {
  await room.empty();
  await room.database.query('delete from told_elements');
  await room.database.query('delete from webhooks');
});

async function aConnection(key: string, box: SecretBox): Promise<void> {
  const { sealed } = new Vault(box).seal(key, bitrix24, auth);
  await room.database.query(
    `insert into connections (key, platform, name, base_url, auth_shown, auth_sealed, settings, limits)
     values ($1, 'bitrix24', $1, 'https://portal.example', '{}', $2, '{}', '{}')`,
    [key, sealed],
  );
}

async function sealedOf(table: string, column: string): Promise<Buffer | string> {
  const [row] = await room.database.query<{ sealed: Buffer | string }[]>(`select ${column} as sealed from ${table}`);
  if (!row) throw new Error(`${table} is empty`);
  return row.sealed;
}

function columnNamed(name: string): SealedColumn {
  const column = sealedColumns(room.database).find((one) => one.name === name);
  if (!column) throw new Error(`There is no column ${name}`);
  return column;
}

async function rotated(name: string): Promise<RotatedColumn> {
  return rotateColumn(columnNamed(name), both);
}

const once = (name: string): RotatedColumn => ({ name, rotated: 1, unreadable: [], left: new Map() });

describe('what is sealed', () => {
  it('is sealed anew as credentials of a connection', async () => {
    await aConnection('sales', before);
    expect(await rotated('connections.auth_sealed')).toEqual(once('connections.auth_sealed'));
    const sealed = await sealedOf('connections', 'auth_sealed');
    expect(new Vault(after).open('sales', Buffer.from(sealed))).toEqual(auth);
  });

  it('is sealed anew as the token of an element', async () => {
    const sealed = new ElementSecrets(before).seal('https://portal.example', 'element-1', 'the-token-of-an-element');
    await room.database.query(
      `insert into told_elements (id, connection, portal, run_id, native_id, name, type, waits, secret_sealed)
       values ($1, 'sales', 'https://portal.example', 'run', 'element-1', 'Approval', 'activity', true, $2)`,
      [uuidv7(), sealed],
    );
    expect(await rotated('told_elements.secret_sealed')).toEqual(once('told_elements.secret_sealed'));
    const now = Buffer.from(await sealedOf('told_elements', 'secret_sealed'));
    expect(new ElementSecrets(after).open('https://portal.example', 'element-1', now)).toBe('the-token-of-an-element');
  });

  it('is sealed anew as variables of a process and as the input of a command', async () => {
    const values = new SealedValues(before);
    const [id, operationId] = [uuidv7(), uuidv7()];
    const start = aStart({ id, ...values.kept(id, { Salary: 4711 }, ['Salary'], { Salary: 4711 }) });
    const operation = {
      ...anOperation(aProcess({ id }), 'start', { id: operationId }),
      ...values.keptInput(operationId, { variables: { Salary: 4712 } }, ['Salary']),
    };
    await room.store.accept(acceptance({ ...start, operation, key: { ...start.key, key: operation.key } }));

    expect(await rotated('processes.sealed_variables')).toEqual(once('processes.sealed_variables'));
    expect(await rotated('operations.sealed_input')).toEqual(once('operations.sealed_input'));
    const found = await room.found(id);
    const command = await room.operation(operationId);
    expect([found.variables, command.input]).toEqual([
      { Salary: '[redacted]' },
      { variables: { Salary: '[redacted]' } },
    ]);
    const now = new SealedValues(after);
    expect(now.open(found)).toEqual({ Salary: 4711 });
    expect(now.opened(command).input).toEqual({ variables: { Salary: 4712 } });
    expect(() => now.open({ ...found, id: uuidv7() })).toThrow(SealBroken);
    expect(() => now.opened({ ...command, id: uuidv7() })).toThrow(SealBroken);
  });

  it('is sealed anew as the secrets of a webhook, and opens as neither in the place of the other', async () => {
    const id = uuidv7();
    const secrets = new WebhookSecrets(before);
    const { secret, sealed } = secrets.made(id);
    await room.database.query(
      `insert into webhooks (id, url, client_id, of_stored_client, secret_sealed, old_secret_sealed, written_in, event_id,
         sequence, seen_to, not_before)
       values ($1, 'https://receiver.example', $1, false, $2, $3, '0', $1, 0, clock_timestamp(), clock_timestamp())`,
      [id, sealed, secrets.sealedAsOld(id, sealed)],
    );
    const now = new WebhookSecrets(after);
    for (const column of ['secret_sealed', 'old_secret_sealed'] as const) {
      expect(await rotated(`webhooks.${column}`)).toEqual(once(`webhooks.${column}`));
      expect(now.open(id, column, Buffer.from(await sealedOf('webhooks', column)))).toBe(secret);
    }
    const old = Buffer.from(await sealedOf('webhooks', 'old_secret_sealed'));
    expect(() => now.open(id, 'secret_sealed', old)).toThrow(SealBroken);
  });

  it('does not open where it was carried to another connection', async () => {
    await aConnection('sales', before);
    const sealed = Buffer.from(await sealedOf('connections', 'auth_sealed'));
    expect(() => new Vault(before).open('other', sealed)).toThrow(SealBroken);
  });
});

/** A column into which somebody writes between each look and what follows it. */
class Busy implements SealedColumn {
  readonly name = 'busy';
  constructor(
    private readonly column: SealedColumn,
    private readonly write: () => Promise<void>,
  ) {}
  sealedByOthers(keyId: string, from: string | null): Promise<readonly string[]> {
    return this.column.sealedByOthers(keyId, from);
  }
  read(from: string | null): Promise<readonly SealedRow[]> {
    return this.column.read(from);
  }
  async find(key: string): Promise<SealedRow | null> {
    const found = await this.column.find(key);
    await this.write();
    return found;
  }
  replace(row: SealedRow, sealed: Buffer): Promise<boolean> {
    return this.column.replace(row, sealed);
  }
  count(): Promise<ReadonlyMap<string, number>> {
    return this.column.count();
  }
}

describe('a value that is written while it is sealed anew', () => {
  it('stays as it was written', async () => {
    await aConnection('sales', before);
    let writes = 0;
    const newer = (box: SecretBox): Buffer =>
      new Vault(box).seal('sales', bitrix24, { ...auth, secret: 'canary-of-a-newer' }).sealed;
    const busy = new Busy(columnNamed('connections.auth_sealed'), async () => {
      if ((writes += 1) === 1) await room.database.query('update connections set auth_sealed = $1', [newer(before)]);
    });
    expect(await rotateColumn(busy, both)).toMatchObject({ rotated: 1 });
    const now = Buffer.from(await sealedOf('connections', 'auth_sealed'));
    expect(new Vault(after).open('sales', now)).toMatchObject({ secret: 'canary-of-a-newer' });
  });

  it('is said to need the old key where its writer has no other yet', async () => {
    await aConnection('sales', before);
    const column = columnNamed('connections.auth_sealed');
    const busy = new Busy(column, async () => {
      const { sealed } = new Vault(before).seal('sales', bitrix24, auth);
      await room.database.query('update connections set auth_sealed = $1', [sealed]);
    });
    expect(await rotateColumn(busy, both)).toMatchObject({ rotated: 0, left: new Map([['old', 1]]) });
  });
});

it('knows every column that holds something sealed', async () => {
  const fresh = await freshDatabase();
  const database: Database = await openDatabase({ url: fresh.url, poolSize: 1 });
  try {
    const rows = await database.query<{ name: string }[]>(
      `select table_name || '.' || column_name as name from information_schema.columns
       where table_schema = 'public' and column_name ~ 'sealed' order by 1`,
    );
    expect(rows.map(({ name }) => name)).toEqual(
      sealedColumns(database)
        .map(({ name }) => name)
        .toSorted(),
    );
  } finally {
    await database.destroy();
    await fresh.drop();
  }
});
