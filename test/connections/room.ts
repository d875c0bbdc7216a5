import { Connections } from '../../src/connections/connections.js';
import { OpenPortals } from '../../src/connections/open-portals.js';
import { PortalOpener } from '../../src/connections/portal-opener.js';
import type { Registration } from '../../src/connections/registration.js';
import { Vault } from '../../src/connections/vault.js';
import type { Exchange } from '../../src/lib/exchange.js';
import type { Log } from '../../src/lib/log.js';
import { SecretBox } from '../../src/lib/secret-box.js';
import type { PlatformKind } from '../../src/platforms/platform-kind.js';
import { KeptInMemory } from './kept-in-memory.js';
import { paperKind } from './paper.js';

const silentLog: Log = { info: () => {}, warn: () => {}, error: () => {} };

const nobodyAnswers: Exchange = async () => {
  throw new Error('Nothing is dialled here');
};

/** The room of connections over a store in memory, with a clock that is moved by hand. */
export class Room {
  readonly store: KeptInMemory;
  readonly vault = new Vault(new SecretBox([{ id: 'k1', key: Buffer.alloc(32, 7) }]));
  readonly portals: OpenPortals;
  readonly connections: Connections;
  nowMs = 0;

  /** @param store  given: the room of another replica on the same store */
  constructor(kind: PlatformKind = paperKind(), store = new KeptInMemory()) {
    this.store = store;
    this.portals = new OpenPortals({
      store,
      opener: new PortalOpener(store, this.vault, nobodyAnswers, () => {}),
      kindOf: (platform) => (platform === kind.platform ? kind : null),
      now: () => this.nowMs,
      log: silentLog,
    });
    this.connections = new Connections({
      store,
      vault: this.vault,
      portals: this.portals,
      kinds: [kind],
      egress: { allow: [], http: false, ownPorts: [] },
      resolve: async () => ['93.184.216.34'],
    });
  }
}

export const registration: Registration = {
  key: 'sales',
  platform: 'paper',
  baseUrl: 'https://sales.example/',
  auth: { type: 'password', user: 'anna', password: 'canary-4711' },
  own: {},
};
