import { askSignedIn } from '../../src/connections/ask-signed-in.js';
import type { Portal } from '../../src/connections/portals.js';
import { Busy, InDoubt } from '../../src/platforms/platform.errors.js';
import { PaperPlatform, paperKind } from './paper.js';
import { registration, Room } from './room.js';

/** Paper with a doorman: reads work with a session only. */
class Doorman extends PaperPlatform {
  session = false;
  signIns = 0;

  signedIn(): boolean {
    return this.session;
  }
  signedOut(): void {
    this.session = false;
  }
  async signIn(): Promise<void> {
    this.signIns += 1;
    await Promise.resolve();
    this.session = true;
  }
}

class Refusing extends Doorman {
  override async signIn(): Promise<void> {
    this.signIns += 1;
    throw new Busy('credentials', 'The password is wrong');
  }
}

const call = { signal: new AbortController().signal };

async function opened<T extends Doorman>(
  Kind: new (...made: ConstructorParameters<typeof PaperPlatform>) => T,
): Promise<{ room: Room; portal: Portal; platform: T }> {
  const platforms: T[] = [];
  const kind = paperKind((connection, tools) => {
    const made = new Kind(connection, tools);
    platforms.push(made);
    return made;
  });
  const room = new Room(kind);
  await room.connections.register(registration);
  const portal = await room.portals.of('sales');
  const [platform] = platforms;
  if (!portal || !platform) throw new Error('There is no portal');
  return { room, portal, platform };
}

describe('a read', () => {
  it('signs in first where no session stands, and once for all who need it at the same time', async () => {
    const { room, portal, platform } = await opened(Doorman);
    const read = (): Promise<string> => askSignedIn(room.portals, portal, async () => 'read', call);

    expect(await Promise.all([read(), read(), read()])).toEqual(['read', 'read', 'read']);
    expect(platform.signIns).toBe(1);
    await read();
    expect(platform.signIns).toBe(1);
  });

  it('signs in anew and asks once more where the session turns out void', async () => {
    const { room, portal, platform } = await opened(Doorman);
    let asked = 0;
    const read = async (): Promise<number> => {
      asked += 1;
      if (asked === 1) throw new Busy('sign_in', 'The session is void');
      return asked;
    };

    expect(await askSignedIn(room.portals, portal, read, call)).toBe(2);
    expect(platform.signIns).toBe(2);
  });

  it('is not asked a third time', async () => {
    const { room, portal } = await opened(Doorman);
    let asked = 0;
    const read = async (): Promise<never> => {
      asked += 1;
      throw new Busy('sign_in', 'The session is void');
    };

    await expect(askSignedIn(room.portals, portal, read, call)).rejects.toMatchObject({ because: 'sign_in' });
    expect(asked).toBe(2);
  });

  it('is not repeated after any other error', async () => {
    const { room, portal } = await opened(Doorman);
    let asked = 0;
    const read = async (): Promise<never> => {
      asked += 1;
      throw new InDoubt('cut');
    };

    await expect(askSignedIn(room.portals, portal, read, call)).rejects.toThrow(InDoubt);
    expect(asked).toBe(1);
  });

  it('goes to the adapter that stands on newer credentials where this one was overtaken', async () => {
    const { room, portal } = await opened(Doorman);
    await new Room(paperKind(), room.store).connections.replaceCredentials('sales', { type: 'password' });
    const read = async (platform: unknown): Promise<string> => {
      if (platform !== portal.platform) return 'read by the new one';
      room.portals.changed('sales');
      throw new Busy('sign_in', 'Overtaken');
    };

    expect(await askSignedIn(room.portals, portal, read, call)).toBe('read by the new one');
  });
});

describe('refused credentials', () => {
  it('are recorded, and not tried again until there are others', async () => {
    const { room, portal, platform } = await opened(Refusing);
    const ask = async (asked: Portal | null): Promise<string> => {
      if (!asked) throw new Error('There is no portal');
      return askSignedIn(room.portals, asked, async () => 'read', call);
    };

    await expect(ask(portal)).rejects.toMatchObject({ because: 'credentials' });
    expect(await room.connections.find('sales')).toMatchObject({
      state: 'reauthorization_required',
      stateReason: 'The password is wrong',
    });
    await expect(ask(await room.portals.of('sales'))).rejects.toMatchObject({ because: 'credentials' });
    expect(platform.signIns).toBe(1);
  });
});
