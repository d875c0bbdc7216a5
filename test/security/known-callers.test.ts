import { newApiKey, storedForm } from '../../src/security/api-key.js';
import type { Client } from '../../src/security/client.js';
import type { ClientStore, FoundKey } from '../../src/security/client.store.js';
import { Clients } from '../../src/security/clients.js';
import { localClient } from '../../src/security/fixed-clients.js';
import { KnownCallers } from '../../src/security/known-callers.js';
import { PostgresClientStore } from '../../src/storage/client.store.js';
import { noDatabase } from '../../src/storage/no-database.js';

const key = newApiKey();
const client: Client = { ...localClient, name: 'erp' };
const found: FoundKey = { id: 'k1', hash: storedForm(key).hash, client, leftMs: null, isNoteDue: false };

/** Keeps these keys, and nothing else of what a store does. */
class Keys implements Pick<ClientStore, 'keysWith' | 'noteUse'> {
  asked = 0;
  noted: string[] = [];

  constructor(public keys: readonly FoundKey[]) {}

  async keysWith(_prefix: string): Promise<readonly FoundKey[]> {
    this.asked += 1;
    return this.keys;
  }

  async noteUse(id: string): Promise<void> {
    this.noted.push(id);
  }
}

describe('a new key', () => {
  it('holds 256 random bits, of which the stored form shows 36 and keeps a SHA-256', () => {
    const bytes: number[] = [];
    const made = newApiKey((count) => {
      bytes.push(count);
      return Buffer.alloc(count, 1);
    });
    expect(bytes).toEqual([32]);
    const { prefix, hash } = storedForm(made);
    expect(made.startsWith(prefix)).toBe(true);
    expect(prefix).toHaveLength('bpmgw_'.length + 6);
    expect(hash).toHaveLength(32);
    expect(hash.toString('latin1')).not.toContain(made.slice(6));
  });

  it('shows nothing of a key that an operator chose', () => {
    expect(storedForm('my-own-bootstrap-key').prefix).toBe('chosen');
  });
});

describe('a key that comes', () => {
  it('is nobody where only its prefix is known', async () => {
    const other = { ...found, hash: storedForm(`${key}x`).hash };
    expect(await new KnownCallers(new Keys([other]), () => 0).behind(key)).toBeNull();
  });

  it('is found among others of the same prefix', async () => {
    const other = { ...found, id: 'k2', hash: storedForm(`${key}x`).hash };
    const known = await new KnownCallers(new Keys([other, found]), () => 0).behind(key);
    expect(known?.caller.name).toBe('erp');
  });

  it('is asked for once in five seconds', async () => {
    let now = 0;
    const keys = new Keys([found]);
    const callers = new KnownCallers(keys, () => now);
    await callers.behind(key);
    now = 4999;
    await callers.behind(key);
    expect(keys.asked).toBe(1);
    now = 5000;
    await callers.behind(key);
    expect(keys.asked).toBe(2);
  });

  it('is nobody any more five seconds after another replica has ended it', async () => {
    let now = 0;
    const keys = new Keys([found]);
    const callers = new KnownCallers(keys, () => now);
    await callers.behind(key);
    keys.keys = [];
    now = 5000;
    expect(await callers.behind(key)).toBeNull();
  });

  it('is nobody any more from the moment at which its client expires', async () => {
    let now = 0;
    const keys = new Keys([{ ...found, leftMs: 2000 }]);
    const callers = new KnownCallers(keys, () => now);
    expect(await callers.behind(key)).not.toBeNull();
    keys.keys = [{ ...found, leftMs: 0 }];
    now = 2000;
    expect(await callers.behind(key)).toBeNull();
  });

  it('has its use noted where that is due', async () => {
    const keys = new Keys([{ ...found, isNoteDue: true }]);
    await new KnownCallers(keys, () => 0).behind(key);
    expect(keys.noted).toEqual(['k1']);
  });
});

describe('a change while a key is being looked up', () => {
  it('is not hidden by what was read before it', async () => {
    const keys = new Keys([found]);
    let answer: (keys: readonly FoundKey[]) => void = () => {};
    const first = new Promise<readonly FoundKey[]>((resolve) => (answer = resolve));
    const answers = [first];
    keys.keysWith = () => answers.shift() ?? Promise.resolve(keys.keys);
    const callers = new KnownCallers(keys, () => 0);
    const before = callers.behind(key);
    keys.keys = [];
    callers.forget();
    answer([found]);
    await before;

    expect(await callers.behind(key)).toBeNull();
  });
});

/** Ends a key, and never says so. */
class AnswersLost extends PostgresClientStore {
  constructor(private readonly kept: Keys) {
    super(noDatabase());
  }

  override removeKey(): Promise<boolean> {
    this.kept.keys = [];
    return Promise.reject(new Error('The answer to the commit was lost'));
  }
}

describe('a change whose outcome is not known', () => {
  it('counts as one: the key is looked up anew', async () => {
    const keys = new Keys([found]);
    const callers = new KnownCallers(keys, () => 0);
    await callers.behind(key);
    await expect(new Clients(new AnswersLost(keys), callers).removeKey('a client', 'k1')).rejects.toThrow('was lost');

    expect(await callers.behind(key)).toBeNull();
  });
});
