import { describe, expect, it } from '@jest/globals';
import { ConsentStates } from '../../src/connections/consent-state.js';
import { Consents } from '../../src/connections/consents.js';
import type { AskedConsent, ConsentStore } from '../../src/connections/consent.store.js';
import type { JsonObject } from '../../src/lib/json.js';
import { SecretBox } from '../../src/lib/secret-box.js';
import { paperKind } from './paper.js';
import { registration, Room } from './room.js';

const key = { id: 'k1', key: Buffer.alloc(32, 7) };
const box = new SecretBox([key]);

/** Consents in memory; a connection never changes here. */
class KeptConsents implements ConsentStore {
  readonly asked = new Map<string, AskedConsent>();
  readonly kept: Buffer[] = [];

  async ask(consent: AskedConsent): Promise<void> {
    this.asked.set(consent.id, consent);
  }
  async take(id: string): Promise<AskedConsent | null> {
    const asked = this.asked.get(id) ?? null;
    this.asked.delete(id);
    return asked;
  }
  async keep(_consent: AskedConsent, { sealed }: { sealed: Buffer }): Promise<boolean> {
    this.kept.push(sealed);
    return true;
  }
}

/** What is stored of a consent that gives these credentials, where the connection had those. */
async function storedOf(given: JsonObject, had: JsonObject = {}): Promise<JsonObject> {
  const kind = {
    ...paperKind(),
    consent: { urlFor: (_: unknown, state: string) => state, redeem: async () => ({ type: 'password', ...given }) },
  };
  const room = new Room(kind);
  await room.connections.register({ ...registration, auth: { type: 'password', ...had } });
  const store = new KeptConsents();
  const consents = new Consents({
    connections: room.store,
    store,
    states: new ConsentStates(box),
    vault: room.vault,
    portals: room.portals,
    kinds: [kind],
    exchange: () => {
      throw new Error('Nothing is dialled here');
    },
    egress: { allow: [], http: false, ownPorts: [] },
    log: { info: () => {}, warn: () => {}, error: () => {} },
    resolve: async (host) => [host === 'inside.example' ? '10.0.0.7' : '93.184.216.34'],
  });
  const state = await consents.ask(registration.key);
  await consents.answer(new Map([['state', state]]), { address: '127.0.0.1', traceId: '0'.repeat(32) });
  const [sealed] = store.kept;
  if (!sealed) throw new Error('Nothing was stored');
  return room.vault.open(registration.key, sealed);
}

describe('an address that an authorization server tells', () => {
  it('is stored where it may be called', async () => {
    expect(await storedOf({ tokenUrl: 'https://outside.example/t' })).toMatchObject({
      tokenUrl: 'https://outside.example/t',
    });
  });

  it.each(['https://inside.example/t', 'https://169.254.169.254/t', 'http://outside.example/t', 'https://[::1]/t'])(
    'gives way to the one of before where it is %s',
    async (tokenUrl) => {
      const before = 'https://before.example/t';
      expect(await storedOf({ tokenUrl, password: 'new' }, { tokenUrl: before })).toEqual({
        type: 'password',
        password: 'new',
        tokenUrl: before,
      });
      expect(await storedOf({ tokenUrl, password: 'new' })).toEqual({ type: 'password', password: 'new' });
    },
  );
});

describe('the state of a consent', () => {
  const states = new ConsentStates(box);
  const id = '6a1c3bb0-5f7e-4a53-9c2b-0d5c7f0e9a11';

  it('is opened by whoever has the key, also once another key has taken its place', () => {
    const rotated = new ConsentStates(new SecretBox([{ id: 'k2', key: Buffer.alloc(32, 8) }, key]));
    expect(states.open(states.seal(id))).toBe(id);
    expect(rotated.open(states.seal(id))).toBe(id);
  });

  it('is different each time, and shows nothing of what it means', () => {
    const sealed = states.seal(id);
    expect(states.seal(id)).not.toBe(sealed);
    expect(Buffer.from(sealed, 'base64url').toString('latin1')).not.toContain(id);
  });

  it('is nothing where it was changed, cut, made longer, or made elsewhere', () => {
    const sealed = states.seal(id);
    const elsewhere = new ConsentStates(new SecretBox([{ id: 'k1', key: Buffer.alloc(32, 9) }]));
    const changed = sealed
      .split('')
      .map((letter, at) => sealed.slice(0, at) + (letter === 'A' ? 'B' : 'A') + sealed.slice(at + 1));
    // The last letter carries bits that no byte has.
    const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
    const ended = letters
      .split('')
      .map((letter) => sealed.slice(0, -1) + letter)
      .filter((text) => text !== sealed);
    for (const text of [...changed, ...ended, sealed.slice(1), sealed.slice(0, -4), `${sealed}AAAA`, '', 'A', '…']) {
      expect(states.open(text)).toBeNull();
    }
    expect(states.open(elsewhere.seal(id))).toBeNull();
    expect(states.open('A'.repeat(5000))).toBeNull();
  });
});
