import { CachedDefinitions } from '../../src/connections/cached-definitions.js';
import type { CachedDefinition, DefinitionStore } from '../../src/connections/definition.store.js';
import type { Definition } from '../../src/platforms/definition.js';
import { Busy, InDoubt, Unreached } from '../../src/platforms/platform.errors.js';
import { PaperPlatform, paperKind } from './paper.js';
import { registration, Room } from './room.js';

const approval: Definition = {
  definition: 'Approval',
  name: 'Approval',
  subjectTypes: [],
  parameters: [],
  outputs: [],
  inputSchema: null,
  native: {},
};

/** A library that counts who asks, and can be closed. */
class Library extends PaperPlatform {
  static asked: string[] = [];
  static shelf: readonly Definition[] = [];
  static isClosed = false;
  static isLimited = false;

  override async definitions(): Promise<readonly Definition[] | null> {
    return Library.shelf;
  }
  override async definition(definition: string): Promise<Definition | null> {
    Library.asked.push(definition);
    await Promise.resolve();
    if (Library.isClosed) throw new Unreached('The library is closed');
    if (Library.isLimited) {
      throw new Busy('limit', 'Too many', { code: null, message: null, httpStatus: 503 });
    }
    if (definition === 'Broken') {
      throw new InDoubt('Unreadable', { code: null, message: null, httpStatus: 500 });
    }
    return Library.shelf.find((one) => one.definition === definition) ?? null;
  }
}

class ShelfInMemory implements DefinitionStore {
  readonly rows = new Map<string, CachedDefinition>();

  async find(connectionKey: string, definition: string): Promise<CachedDefinition | null> {
    return this.rows.get(`${connectionKey}/${definition}`) ?? null;
  }
  async remember(connectionKey: string, definitions: readonly Definition[]): Promise<void> {
    for (const one of definitions) this.rows.set(`${connectionKey}/${one.definition}`, { definition: one, ageMs: 0 });
  }
  async forget(connectionKey: string, definition: string): Promise<void> {
    this.rows.delete(`${connectionKey}/${definition}`);
  }
}

let room: Room;
let store: ShelfInMemory;
let definitions: CachedDefinitions;

beforeEach(async () => {
  Object.assign(Library, { asked: [], shelf: [approval], isClosed: false, isLimited: false });
  room = new Room(paperKind((connection, tools) => new Library(connection, tools)));
  store = new ShelfInMemory();
  definitions = new CachedDefinitions(room.portals, store, () => room.nowMs);
  await room.connections.register(registration);
});

describe('a definition', () => {
  it('is read once for all who look it up at the same time', async () => {
    const looked = await Promise.all([1, 2, 3].map(() => definitions.lookUp('sales', 'Approval')));
    expect(looked).toEqual([1, 2, 3].map(() => ({ found: 'known', definition: approval })));
    expect(Library.asked).toEqual(['Approval']);
  });

  it('serves for five minutes, then it is read again', async () => {
    await definitions.lookUp('sales', 'Approval');
    room.nowMs = 299_999;
    await definitions.lookUp('sales', 'Approval');
    expect(Library.asked).toHaveLength(1);

    room.nowMs = 300_000;
    store.rows.set('sales/Approval', { definition: approval, ageMs: 300_000 });
    await definitions.lookUp('sales', 'Approval');
    expect(Library.asked).toHaveLength(2);
  });

  it('is not read where another replica has read it', async () => {
    await store.remember('sales', [approval]);
    expect(await definitions.lookUp('sales', 'Approval')).toMatchObject({ found: 'known' });
    expect(Library.asked).toEqual([]);
  });

  it('does not serve longer for having been read by another replica', async () => {
    store.rows.set('sales/Approval', { definition: approval, ageMs: 200_000 });
    await definitions.lookUp('sales', 'Approval');
    room.nowMs = 100_000;
    store.rows.set('sales/Approval', { definition: approval, ageMs: 300_000 });
    await definitions.lookUp('sales', 'Approval');
    expect(Library.asked).toEqual(['Approval']);
  });

  it('is missing where the portal does not have it, and looked for again the next time', async () => {
    Library.shelf = [];
    expect(await definitions.lookUp('sales', 'Approval')).toEqual({ found: 'missing' });
    Library.shelf = [approval];
    expect(await definitions.lookUp('sales', 'Approval')).toMatchObject({ found: 'known' });
  });

  it('is missing without a question where its name cannot be one, or no connection has that key', async () => {
    expect(await definitions.lookUp('sales', '')).toEqual({ found: 'missing' });
    expect(await definitions.lookUp('nobody', 'Approval')).toEqual({ found: 'missing' });
    expect(Library.asked).toEqual([]);
  });

  it('is forgotten when the portal has it no more', async () => {
    store.rows.set('sales/Approval', { definition: approval, ageMs: 300_000 });
    Library.shelf = [];
    expect(await definitions.lookUp('sales', 'Approval')).toEqual({ found: 'missing' });
    expect(store.rows.size).toBe(0);
  });

  it('of the address that a connection left does not serve at the next one', async () => {
    await definitions.lookUp('sales', 'Approval');
    await room.connections.change('sales', 1, { baseUrl: 'https://sales.example/moved', own: {} });
    store.rows.clear();
    Library.shelf = [];
    expect(await definitions.lookUp('sales', 'Approval')).toEqual({ found: 'missing' });
  });
});

describe('a portal that cannot be asked', () => {
  beforeEach(() => {
    Library.isClosed = true;
  });

  it('leaves a definition unknown', async () => {
    expect(await definitions.lookUp('sales', 'Approval')).toMatchObject({
      found: 'unknown',
      because: 'The library is closed',
    });
  });

  it('has an old definition serve', async () => {
    store.rows.set('sales/Approval', { definition: approval, ageMs: 86_400_000 });
    expect(await definitions.lookUp('sales', 'Approval')).toEqual({ found: 'known', definition: approval });
  });

  it('is left in peace for five seconds', async () => {
    await definitions.lookUp('sales', 'Approval');
    room.nowMs = 4999;
    await definitions.lookUp('sales', 'Other');
    expect(Library.asked).toEqual(['Approval']);

    room.nowMs = 5000;
    Library.isClosed = false;
    expect(await definitions.lookUp('sales', 'Approval')).toMatchObject({ found: 'known' });
  });
});

it('is left in peace for all its definitions where it says that it is asked too much', async () => {
  Library.isLimited = true;
  expect(await definitions.lookUp('sales', 'Approval')).toMatchObject({ found: 'unknown' });
  await definitions.lookUp('sales', 'Other');
  expect(Library.asked).toEqual(['Approval']);
});

describe('a definition that the portal answers with nonsense', () => {
  it('is left in peace for five seconds, and no other with it', async () => {
    expect(await definitions.lookUp('sales', 'Broken')).toMatchObject({ found: 'unknown' });
    expect(await definitions.lookUp('sales', 'Approval')).toMatchObject({ found: 'known' });
    await definitions.lookUp('sales', 'Broken');

    expect(Library.asked).toEqual(['Broken', 'Approval']);
  });
});

it('checks no start against an outline, and fills it in where more is known', async () => {
  Library.shelf = [{ ...approval, outline: true }];
  expect(await definitions.list('sales')).toEqual(Library.shelf);
  expect(store.rows.size).toBe(0);

  Library.shelf = [approval];
  await definitions.lookUp('sales', 'Approval');
  Library.shelf = [{ ...approval, outline: true }];
  expect(await definitions.list('sales')).toEqual([approval]);
});

it('remembers a list that was read', async () => {
  expect(await definitions.list('sales')).toEqual([approval]);
  await definitions.lookUp('sales', 'Approval');
  expect(Library.asked).toEqual([]);
});
