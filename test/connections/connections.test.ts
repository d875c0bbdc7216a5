import {
  ConnectionChanged,
  ConnectionInUse,
  ConnectionKeyTaken,
  ConnectionNotFound,
  EgressDenied,
} from '../../src/connections/connection.errors.js';
import { registerSandbox } from '../../src/connections/register-sandbox.js';
import { paperKind } from './paper.js';
import { limits } from './samples.js';
import { registration, Room } from './room.js';

describe('registering a connection', () => {
  it('fills in the defaults of its platform', async () => {
    const room = new Room();
    const connection = await room.connections.register({ ...registration, limits: { burst: 7 } });

    expect(connection).toMatchObject({
      key: 'sales',
      name: 'sales',
      baseUrl: 'https://sales.example',
      settings: { shelf: 'lower' },
      limits: { ...limits, requestsPerSecond: 5, burst: 7 },
      state: 'active',
      version: 1,
    });
  });

  it('takes null for a rate that is not limited', async () => {
    const connection = await new Room().connections.register({ ...registration, limits: { requestsPerSecond: null } });
    expect(connection.limits.requestsPerSecond).toBeNull();
  });

  it('shows and keeps in clear nothing of the credentials but what the platform names', async () => {
    const room = new Room();
    const connection = await room.connections.register(registration);

    expect(connection.auth).toEqual({ type: 'password', user: 'anna' });
    const kept = await room.store.find('sales');
    expect(JSON.stringify(kept)).not.toContain('canary');
    expect(kept?.authSealed.toString('latin1')).not.toContain('canary');
  });

  it('does not take a key twice', async () => {
    const room = new Room();
    await room.connections.register(registration);
    await expect(room.connections.register(registration)).rejects.toThrow(ConnectionKeyTaken);
  });

  it('tells every fault at once, each where it stands', async () => {
    const faulty = { ...registration, auth: { type: 'x' }, baseUrl: 'sales' };
    await expect(new Room().connections.register(faulty)).rejects.toMatchObject({
      code: 'validation-failed',
      faults: [{ pointer: '/auth/type' }, { pointer: '/baseUrl' }],
    });
  });

  it('tells faults of shape alone where there are any', async () => {
    const faulty = { ...registration, own: { shlef: 'upper', shelve: 'lower' }, baseUrl: 'sales' };
    await expect(new Room().connections.register(faulty)).rejects.toMatchObject({
      code: 'malformed-request',
      faults: [{ pointer: '/shlef' }, { pointer: '/shelve' }],
    });
  });

  it('knows no other platforms than those of the house', async () => {
    await expect(new Room().connections.register({ ...registration, platform: 'stone' })).rejects.toMatchObject({
      code: 'validation-failed',
      faults: [{ pointer: '/platform', message: 'Choose one of: paper.' }],
    });
  });

  it('waits for a consent where the credentials need one', async () => {
    const connection = await new Room().connections.register({
      ...registration,
      auth: { type: 'password', password: 'later' },
    });
    expect(connection.state).toBe('reauthorization_required');
  });

  it.each(['http://sales.example', 'ftp://sales.example', 'https://u:p@sales.example', 'https://10.0.0.7'])(
    'refuses an address that must not be called: %s',
    async (baseUrl) => {
      const room = new Room();
      await expect(room.connections.register({ ...registration, baseUrl })).rejects.toThrow(EgressDenied);
      expect(room.store.rows.size).toBe(0);
    },
  );

  it.each(['https://sales.example/canary', 'https://sales.example/?canary', 'https://sales.example/#canary'])(
    'refuses an address in which its platform, or nobody, has a use for the rest: %s',
    async (baseUrl) => {
      const kind = { ...paperKind(), baseUrlFault: ({ pathname }: URL) => (pathname === '/' ? null : 'No path.') };
      const room = new Room(kind);
      const refused = room.connections.register({ ...registration, baseUrl });
      await expect(refused).rejects.toMatchObject({ code: 'validation-failed', faults: [{ pointer: '/baseUrl' }] });
      await expect(refused).rejects.not.toThrow('canary');
    },
  );

  it('refuses an address that ends with an empty query', async () => {
    const baseUrl = 'https://sales.example/?';
    await expect(new Room().connections.register({ ...registration, baseUrl })).rejects.toMatchObject({
      faults: [{ pointer: '/baseUrl' }],
    });
  });

  it('refuses a token address that leads inward', async () => {
    const auth = { type: 'password', tokenUrl: 'https://[::ffff:127.0.0.1]/token' };
    await expect(new Room().connections.register({ ...registration, auth })).rejects.toMatchObject({
      code: 'egress-denied',
      faults: [{ pointer: '/auth/tokenUrl' }],
    });
  });
});

describe('changing a connection', () => {
  it('merges what was sent, and goes back to the default where null was sent', async () => {
    const room = new Room();
    await room.connections.register({
      ...registration,
      name: 'Sales',
      limits: { burst: 7, maxInFlight: 3 },
      own: { shelf: 'upper' },
    });

    const patch = { name: null, limits: { burst: null, queueDepth: 5 }, own: { shelf: null } };
    const changed = await room.connections.change('sales', 1, patch);

    expect(changed).toMatchObject({
      name: 'sales',
      limits: { burst: 50, maxInFlight: 3, queueDepth: 5 },
      settings: { shelf: 'lower' },
      version: 2,
    });
  });

  it('leaves what was not sent', async () => {
    const room = new Room();
    const before = await room.connections.register({ ...registration, name: 'Sales', own: { shelf: 'upper' } });
    expect(await room.connections.change('sales', 1, { own: {} })).toEqual({ ...before, version: 2 });
  });

  it('is refused on a version that is gone', async () => {
    const room = new Room();
    await room.connections.register(registration);
    await room.connections.change('sales', 1, { name: 'first', own: {} });
    await expect(room.connections.change('sales', 1, { name: 'late', own: {} })).rejects.toThrow(ConnectionChanged);
  });

  it.each([
    'https://other.example',
    'https://sales.example:8443',
    'http://sales.example',
    'https://sales.example.other.example',
  ])('does not let the stored credentials follow it to %s', async (baseUrl) => {
    const room = new Room();
    await room.connections.register(registration);

    const moved = room.connections.change('sales', 1, { baseUrl, own: {} });

    await expect(moved).rejects.toMatchObject({
      code: 'validation-failed',
      faults: [{ pointer: '/baseUrl', code: 'other-host' }],
    });
    expect((await room.connections.find('sales')).baseUrl).toBe('https://sales.example');
  });

  it('lets the path of its address change', async () => {
    const room = new Room();
    await room.connections.register(registration);
    const changed = await room.connections.change('sales', 1, { baseUrl: 'https://SALES.example:443/app/', own: {} });
    expect(changed.baseUrl).toBe('https://sales.example/app');
  });

  it('asks the platform about another address too', async () => {
    const room = new Room({ ...paperKind(), baseUrlFault: ({ pathname }) => (pathname === '/' ? null : 'No path.') });
    await room.connections.register(registration);
    const changed = room.connections.change('sales', 1, { baseUrl: 'https://sales.example/x', own: {} });
    await expect(changed).rejects.toMatchObject({ faults: [{ pointer: '/baseUrl', message: 'No path.' }] });
  });
});

describe('other credentials', () => {
  it('end what the old ones had caused', async () => {
    const room = new Room();
    await room.connections.register({ ...registration, auth: { type: 'password', password: 'later' } });
    await room.connections.replaceCredentials('sales', { type: 'password', password: 'now' });
    expect((await room.connections.find('sales')).state).toBe('active');
  });

  it('are pointed at from their own root where they do not fit', async () => {
    const room = new Room();
    await room.connections.register(registration);
    await expect(room.connections.replaceCredentials('sales', { type: 'x' })).rejects.toMatchObject({
      faults: [{ pointer: '/type' }],
    });
  });
});

describe('removing a connection', () => {
  it('is refused while processes of it are not closed', async () => {
    const room = new Room();
    await room.connections.register(registration);
    room.store.inUse.add('sales');
    await expect(room.connections.remove('sales', 1)).rejects.toThrow(ConnectionInUse);
  });

  it('ends it for everybody on this replica', async () => {
    const room = new Room();
    await room.connections.register(registration);
    await room.portals.of('sales');
    await room.connections.remove('sales', 1);

    await expect(room.connections.find('sales')).rejects.toThrow(ConnectionNotFound);
    expect(await room.portals.of('sales')).toBeNull();
  });
});

it('looks for no connection whose name cannot be one', async () => {
  const room = new Room();
  await expect(room.connections.find('a\0b')).rejects.toThrow(ConnectionNotFound);
  expect(await room.portals.of('SALES')).toBeNull();
  expect(room.store.reads).toBe(0);
});

it('brings a sandbox to the address of its simulator, private as it is', async () => {
  const room = new Room();
  const portal = {
    platform: 'paper',
    suffix: '',
    name: 'Sandbox',
    fields: { auth: { type: 'password' }, shelf: 'upper' },
  };
  await registerSandbox(room.connections, { ...portal, url: 'http://127.0.0.1:4001' });
  await registerSandbox(room.connections, { ...portal, url: 'http://127.0.0.1:4002' });

  expect(await room.connections.find('sandbox-paper')).toMatchObject({
    baseUrl: 'http://127.0.0.1:4002',
    settings: { shelf: 'upper' },
  });
});
