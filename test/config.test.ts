import { ConfigFaults, loadConfig } from '../src/config.js';

const key = Buffer.alloc(32, 1).toString('base64');
const database = 'postgres://gateway:secret@db:5432/gateway';

function faultsOf(env: NodeJS.ProcessEnv): readonly string[] {
  try {
    loadConfig(env);
    return [];
  } catch (error) {
    if (error instanceof ConfigFaults) return error.lines;
    throw error;
  }
}

describe('an empty environment', () => {
  it('gives a gateway on loopback with its own database, the sandbox and no keys', () => {
    expect(loadConfig({})).toMatchObject({
      host: '127.0.0.1',
      port: 3000,
      publicUrl: null,
      databaseUrl: null,
      databaseFailover: 'hold',
      sandbox: true,
      auth: false,
      credentialsKeys: [],
      egressHttp: false,
      leaseSeconds: 30,
      reconcileDelays: [5, 30, 120, 600, 3600],
      laneBlockSeconds: 300,
      defaultWaitSeconds: 10,
    });
  });

  it('counts a setting that is empty as not given', () => {
    expect(loadConfig({ PORT: '', DATABASE_URL: '', AUTH: '' })).toMatchObject({ port: 3000, databaseUrl: null });
  });
});

describe('a database of its own', () => {
  it('turns authentication on and the sandbox off', () => {
    expect(loadConfig({ DATABASE_URL: database, CREDENTIALS_KEYS: `k1:${key}` })).toMatchObject({
      auth: true,
      sandbox: false,
      databaseDirectUrl: database,
    });
  });

  it('needs a key for credentials', () => {
    expect(faultsOf({ DATABASE_URL: database })).toEqual([expect.stringMatching(/^CREDENTIALS_KEYS is required/)]);
  });

  it('takes several keys, the first to encrypt', () => {
    const { credentialsKeys } = loadConfig({ DATABASE_URL: database, CREDENTIALS_KEYS: `new:${key}, old:${key}` });
    expect(credentialsKeys.map(({ id }) => id)).toEqual(['new', 'old']);
  });

  it.each([`k1:${Buffer.alloc(31).toString('base64')}`, 'k1', `k1:${key},k1:${key}`, `:${key}`])(
    'refuses the keys %j without repeating them',
    (keys) => {
      const [line = '', ...others] = faultsOf({ DATABASE_URL: database, CREDENTIALS_KEYS: keys });
      expect(others).toEqual([]);
      expect(line).toMatch(/^CREDENTIALS_KEYS must be /);
      expect(line).not.toContain(key);
    },
  );
});

describe('the issuer of access tokens', () => {
  const jwt = {
    JWT_ISSUER: 'https://login.example.com/',
    JWT_AUDIENCE: 'bpm-gateway',
    JWT_JWKS_URL: 'https://login.example.com/jwks.json',
  };

  it('is nobody unless it is named', () => {
    expect(loadConfig({}).jwt).toBeNull();
    expect(loadConfig(jwt).jwt).toEqual({
      issuer: 'https://login.example.com/',
      audience: 'bpm-gateway',
      jwksUrl: 'https://login.example.com/jwks.json',
    });
  });

  it.each(['JWT_ISSUER', 'JWT_AUDIENCE', 'JWT_JWKS_URL'])('is not trusted without %s', (name) => {
    expect(faultsOf({ ...jwt, [name]: '' })).toEqual([expect.stringContaining(`${name} is missing`)]);
  });

  it.each(['http://login.example.com/jwks.json', 'https://user:secret@login.example.com/', 'file:///etc/jwks.json'])(
    'is not asked for its keys at %s',
    (JWT_JWKS_URL) => {
      expect(faultsOf({ ...jwt, JWT_JWKS_URL })).toEqual([expect.stringMatching(/^JWT_JWKS_URL: /)]);
    },
  );

  it('may be asked by plain http: where that is permitted', () => {
    expect(faultsOf({ ...jwt, JWT_JWKS_URL: 'http://login.example.com/jwks.json', EGRESS_HTTP: 'on' })).toEqual([]);
  });
});

describe('AUTH', () => {
  it('is on by itself where others can reach the gateway', () => {
    expect(loadConfig({ HOST: '0.0.0.0' }).auth).toBe(true);
  });

  it.each(['0.0.0.0', '::', '192.168.1.7', 'gateway.local'])('cannot be off on %s', (HOST) => {
    expect(faultsOf({ HOST, AUTH: 'off' })).toEqual([expect.stringMatching(/^AUTH=off would let everybody/)]);
  });

  it.each(['127.0.0.1', '127.8.8.8', '::1', 'localhost'])('may be off on %s', (HOST) => {
    expect(loadConfig({ HOST, AUTH: 'off' }).auth).toBe(false);
  });
});

describe('a wrong environment', () => {
  it('is told with one line per fault, all at once', () => {
    const lines = faultsOf({
      PORT: '70000',
      AUTH: 'off',
      HOST: '0.0.0.0',
      DATABASE_URL: database,
      LEASE_SECONDS: '1e3',
      EGRESS_ALLOW: '10.0.0.0/8,10.0.0.0/33',
      LOG_LEVEL: 'loud',
      PUBLIC_URL: 'ftp://x',
      SANDBOX: 'yes',
    });
    expect(lines.map((line) => line.replace(/[ =].*/, '')).toSorted()).toEqual([
      'AUTH',
      'CREDENTIALS_KEYS',
      'EGRESS_ALLOW',
      'LEASE_SECONDS',
      'LOG_LEVEL',
      'PORT',
      'PUBLIC_URL',
      'SANDBOX',
    ]);
  });

  it('never repeats a value, which may be a secret', () => {
    expect(faultsOf({ DATABASE_URL: 'mysql://root:hunter2@db/x' }).join()).not.toContain('hunter2');
  });

  it.each([
    ['PORT', '-1'],
    ['PORT', '3000.5'],
    ['DEFAULT_WAIT_SECONDS', '56'],
    ['PUBLIC_URL', 'https://user:pass@bpm.example.com'],
    ['PUBLIC_URL', 'https://bpm.example.com/?a=1'],
    ['TRUSTED_PROXIES', 'proxy.local'],
    ['BOOTSTRAP_API_KEY', 'short'],
    ['BOOTSTRAP_API_KEY', 'with a space in it'],
    ['DATA_DIR', ' '],
    ['DATABASE_FAILOVER', 'on'],
    ['RECONCILE_DELAYS', ','],
    ['RECONCILE_DELAYS', '5,30,'],
    ['RECONCILE_DELAYS', '5,-1'],
    ['RECONCILE_DELAYS', '5;30'],
    ['RECONCILE_DELAYS', '1.5'],
    ['RECONCILE_DELAYS', '30,5'],
    ['RECONCILE_DELAYS', '604801'],
    ['RECONCILE_DELAYS', Array.from({ length: 21 }, () => '1').join()],
    ['LANE_BLOCK_SECONDS', '-1'],
    ['LANE_BLOCK_SECONDS', '86401'],
  ])('refuses %s=%j', (name, value) => {
    expect(faultsOf({ [name]: value })).toEqual([expect.stringMatching(new RegExp(`^${name} must be `))]);
  });
});

describe('RECONCILE_DELAYS', () => {
  it('is a list of seconds, of which two may be the same', () => {
    expect(loadConfig({ RECONCILE_DELAYS: '0, 2,2,604800' }).reconcileDelays).toEqual([0, 2, 2, 604_800]);
  });
});

it('lets no start hold its lane with LANE_BLOCK_SECONDS=0', () => {
  expect(loadConfig({ LANE_BLOCK_SECONDS: '0' }).laneBlockSeconds).toBe(0);
});

it('takes the slash off the end of PUBLIC_URL', () => {
  expect(loadConfig({ PUBLIC_URL: 'https://bpm.example.com/' }).publicUrl).toBe('https://bpm.example.com');
});
