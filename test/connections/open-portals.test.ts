import { Busy } from '../../src/platforms/platform.errors.js';
import type { Platform } from '../../src/platforms/platform.js';
import { KeptInMemory } from './kept-in-memory.js';
import { PaperPlatform, paperKind } from './paper.js';
import { registration, Room } from './room.js';

async function paperOf(room: Room): Promise<PaperPlatform> {
  const portal = await room.portals.of('sales');
  if (!(portal?.platform instanceof PaperPlatform)) throw new Error('There is no such portal');
  return portal.platform;
}

describe('an open portal', () => {
  it('stands on the credentials in clear', async () => {
    const room = new Room();
    await room.connections.register(registration);
    expect((await paperOf(room)).connection.auth).toEqual(registration.auth);
  });

  it('is read again once a second, not at every use', async () => {
    const room = new Room();
    await room.connections.register(registration);
    const platform = await paperOf(room);
    const { reads } = room.store;

    await Promise.all([paperOf(room), paperOf(room)]);
    expect(room.store.reads).toBe(reads);

    room.nowMs = 1000;
    const [again] = await Promise.all([paperOf(room), paperOf(room), paperOf(room)]);
    expect(room.store.reads).toBe(reads + 1);
    expect(again).toBe(platform);
  });

  it('shows within a second what another replica changed', async () => {
    const room = new Room();
    const other = new Room(paperKind(), room.store);
    await room.connections.register(registration);
    await room.portals.of('sales');
    await other.connections.pause('sales');

    room.nowMs = 1000;
    expect((await room.portals.of('sales'))?.connection.state).toBe('paused');
  });

  it('shows at once what this replica changed', async () => {
    const room = new Room();
    await room.connections.register(registration);
    await room.portals.of('sales');
    await room.connections.pause('sales');
    expect((await room.portals.of('sales'))?.connection.state).toBe('paused');
  });

  it.each(['of', 'all'] as const)('shows that at once also where a read by "%s" had begun before', async (how) => {
    const room = new Room();
    await room.connections.register(registration);
    room.nowMs = 5000;
    const before = await room.store.all();
    let letGo = (): void => {};
    const held = new Promise<void>((resolve) => (letGo = resolve));
    const { store } = room;
    const [find, all] = [store.find.bind(store), store.all.bind(store)];
    store.find = async () => held.then(() => before[0] ?? null);
    store.all = async () => held.then(() => before);
    const late = how === 'of' ? room.portals.of('sales') : room.portals.all();
    room.nowMs += 1;
    Object.assign(room.store, { find, all });
    await room.connections.pause('sales');
    letGo();
    await late;

    expect((await room.portals.of('sales'))?.connection.state).toBe('paused');
    expect((await room.portals.all()).map(({ connection }) => connection.state)).toEqual(['paused']);
  });

  it('keeps its session while only words about it change', async () => {
    const room = new Room();
    await room.connections.register(registration);
    const platform = await paperOf(room);
    await room.connections.change('sales', 1, { name: 'Other name', own: {} });

    expect(await paperOf(room)).toBe(platform);
    expect(platform.closed).toBe(false);
  });

  it.each([
    [
      'its address changes',
      (room: Room) => room.connections.change('sales', 1, { baseUrl: 'https://sales.example/moved', own: {} }),
    ],
    ['its own fields change', (room: Room) => room.connections.change('sales', 1, { own: { shelf: 'upper' } })],
    [
      'its portal has another name',
      async ({ store, portals }: Room) => {
        const kept = await store.find('sales');
        const name = { portal: 'https://first.example' };
        if (kept) store.rows.set('sales', { ...kept, connection: { ...kept.connection, ...name } });
        portals.changed('sales');
      },
    ],
    ['it gets other credentials', (room: Room) => room.connections.replaceCredentials('sales', { type: 'password' })],
  ])('is closed and opened anew where %s', async (_, change) => {
    const room = new Room();
    await room.connections.register(registration);
    const before = await paperOf(room);
    await change(room);

    expect(await paperOf(room)).not.toBe(before);
    expect(before.closed).toBe(true);
  });

  it('is closed with the others at the end', async () => {
    const room = new Room();
    await room.connections.register(registration);
    const platform = await paperOf(room);
    await room.portals.close();
    expect(platform.closed).toBe(true);
  });
});

describe('all open portals', () => {
  it('leave out a connection whose credentials cannot be opened, and lose none of the others', async () => {
    const room = new Room();
    await room.connections.register(registration);
    await room.connections.register({ ...registration, key: 'broken' });
    const broken = await room.store.find('broken');
    if (broken) room.store.rows.set('broken', { ...broken, authSealed: Buffer.from('nonsense') });

    const keys = (await room.portals.all()).map(({ connection }) => connection.key);
    expect(keys).toEqual(['sales']);
  });

  it('hold no connection that is gone', async () => {
    const room = new Room();
    await room.connections.register(registration);
    await room.portals.all();
    room.store.rows.delete('sales');
    room.nowMs = 1000;
    expect(await room.portals.all()).toEqual([]);
  });
});

describe('credentials that the platform renewed', () => {
  const renewed = { type: 'password', password: 'renewed' };

  it('are durable when the adapter goes on, and leave it open', async () => {
    const room = new Room();
    await room.connections.register(registration);
    const platform = await paperOf(room);
    await platform.tools.renewAuth(async () => renewed);
    await platform.tools.renewAuth(async () => ({ ...renewed, password: 'twice' }));
    room.nowMs = 1000;

    expect(await paperOf(room)).toBe(platform);
    const elsewhere = new Room(paperKind(), room.store);
    expect((await paperOf(elsewhere)).connection.auth).toEqual({ ...renewed, password: 'twice' });
  });

  it('lose against those that another replica stored first, and the adapter is opened anew on them', async () => {
    const store = new KeptInMemory();
    const [room, other] = [new Room(paperKind(), store), new Room(paperKind(), store)];
    await room.connections.register(registration);
    const late = await paperOf(room);
    await (await paperOf(other)).tools.renewAuth(async () => renewed);

    const storing = late.tools.renewAuth(async () => ({ type: 'password', password: 'late' }));
    await expect(storing).rejects.toThrow(Busy);
    await expect(storing).rejects.toMatchObject({ because: 'sign_in' });
    expect((await paperOf(room)).connection.auth).toEqual(renewed);
  });

  it('are not taken back by a read that had begun before', async () => {
    const room = new Room();
    await room.connections.register(registration);
    const platform = await paperOf(room);
    const old = await room.store.find('sales');
    await platform.tools.renewAuth(async () => renewed);

    room.nowMs = 1000;
    if (old) room.store.find = async () => old;
    expect(await paperOf(room)).toBe(platform);
  });
});

describe('a mark', () => {
  it('shows at once on this replica', async () => {
    const room = new Room();
    await room.connections.register(registration);
    await room.portals.of('sales');
    await room.portals.mark('sales', 'degraded', 'The portal is closed');

    expect((await room.portals.of('sales'))?.connection).toMatchObject({
      state: 'degraded',
      stateReason: 'The portal is closed',
    });
  });

  it('costs nothing where it is so already', async () => {
    const room = new Room();
    await room.connections.register(registration);
    await room.portals.of('sales');
    let asked = 0;
    room.store.mark = async () => {
      asked += 1;
      return false;
    };
    await room.portals.mark('sales', 'active', null);
    expect(asked).toBe(0);
  });

  it('by the answer to a request that went out with other credentials is not made', async () => {
    const room = new Room();
    await room.connections.register(registration);
    const asked = await paperOf(room);
    await room.connections.replaceCredentials('sales', { type: 'password' });
    const current = await paperOf(room);

    await room.portals.mark('sales', 'reauthorization_required', 'refused', asked);
    expect((await room.connections.find('sales')).state).toBe('active');
    await room.portals.mark('sales', 'reauthorization_required', 'refused', current);
    expect((await room.connections.find('sales')).state).toBe('reauthorization_required');
  });

  it('of credentials that were replaced meanwhile is not made', async () => {
    const room = new Room();
    await room.connections.register(registration);
    await room.portals.of('sales');
    await new Room(paperKind(), room.store).connections.replaceCredentials('sales', { type: 'password' });

    await room.portals.mark('sales', 'reauthorization_required', 'refused');
    expect((await room.connections.find('sales')).state).toBe('active');
  });
});

it('opens an adapter once for all who ask at the same time', async () => {
  let opened = 0;
  const kind = paperKind((connection, tools): Platform => {
    opened += 1;
    return new PaperPlatform(connection, tools);
  });
  const room = new Room(kind);
  await room.connections.register(registration);
  await Promise.all([room.portals.of('sales'), room.portals.of('sales'), room.portals.all()]);
  expect(opened).toBe(1);
});
