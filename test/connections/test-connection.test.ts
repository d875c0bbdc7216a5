import { testConnection, type TestReport } from '../../src/connections/test-connection.js';
import { NotSent, type Exchange } from '../../src/lib/exchange.js';
import { Busy, Refused, Unreached } from '../../src/platforms/platform.errors.js';
import type { ConnectionCheck } from '../../src/platforms/platform.js';
import { PaperPlatform, paperKind } from './paper.js';
import { registration, Room } from './room.js';

const answers: Exchange = async () => ({ status: 401, headers: {}, body: '' });
const unreachable: Exchange = async () => {
  throw new NotSent('unreachable', 'No connection: ECONNREFUSED');
};

const passes = (name: ConnectionCheck['name']): ConnectionCheck => ({
  name,
  remedy: 'None.',
  run: async () => `${name} is fine.`,
});
const fails = (name: ConnectionCheck['name'], error: Error): ConnectionCheck => ({
  name,
  remedy: `Mend ${name}.`,
  run: async () => {
    throw error;
  },
});

async function tested(
  checks: readonly ConnectionCheck[],
  exchange = answers,
): Promise<{ room: Room; report: TestReport }> {
  class Checked extends PaperPlatform {
    override readonly checks = checks;
  }
  const room = new Room(paperKind((connection, tools) => new Checked(connection, tools)));
  await room.connections.register(registration);
  await room.store.mark('sales', { state: 'degraded', reason: 'closed yesterday' }, 1);
  const portal = await room.portals.of('sales');
  if (!portal) throw new Error('There is no portal');
  return { room, report: await testConnection(room.portals, portal, exchange) };
}

describe('a test of a connection', () => {
  it('that passes makes the connection active', async () => {
    const { room, report } = await tested([passes('sign_in'), passes('clock')]);

    expect(report).toEqual({
      ok: true,
      steps: [
        { name: 'reach', ok: true, detail: 'The address answers, with HTTP status 401.', remedy: null },
        { name: 'sign_in', ok: true, detail: 'sign_in is fine.', remedy: null },
        { name: 'clock', ok: true, detail: 'clock is fine.', remedy: null },
      ],
    });
    expect(await room.connections.find('sales')).toMatchObject({ state: 'active', stateReason: null });
  });

  it('says what to do about the step that failed, and does not try the later ones', async () => {
    const denied = new Refused('permission', 'The user may not read.');
    const { report } = await tested([passes('sign_in'), fails('rights', denied), passes('limits'), passes('clock')]);

    expect(report.ok).toBe(false);
    expect(report.steps.slice(2)).toEqual([
      { name: 'rights', ok: false, detail: 'The user may not read.', remedy: 'Mend rights.' },
      { name: 'limits', ok: false, detail: 'Not tried, because rights failed.', remedy: null },
      { name: 'clock', ok: false, detail: 'Not tried, because rights failed.', remedy: null },
    ]);
  });

  it('ends at an address that is not reached', async () => {
    const { room, report } = await tested([passes('sign_in')], unreachable);

    expect(report.steps[0]).toMatchObject({ name: 'reach', ok: false, detail: 'No connection: ECONNREFUSED' });
    expect(report.steps[1]).toMatchObject({ ok: false, detail: 'Not tried, because reach failed.' });
    expect((await room.connections.find('sales')).state).toBe('degraded');
  });

  it('leaves reaching to a platform that has its own way', async () => {
    const { report } = await tested([fails('reach', new Unreached('Nobody there.'))]);
    expect(report.steps).toEqual([{ name: 'reach', ok: false, detail: 'Nobody there.', remedy: 'Mend reach.' }]);
  });

  it('records that the credentials are refused', async () => {
    const { room } = await tested([fails('sign_in', new Busy('credentials', 'The password is wrong.'))]);
    expect(await room.connections.find('sales')).toMatchObject({
      state: 'reauthorization_required',
      stateReason: 'The password is wrong.',
    });
  });

  it('records where the portal has moved to', async () => {
    const { room } = await tested([
      fails('sign_in', new Busy('portal_closed', 'The portal has moved to new.example.')),
    ]);
    expect(await room.connections.find('sales')).toMatchObject({
      state: 'degraded',
      stateReason: 'The portal has moved to new.example.',
    });
  });

  it('does not take a fault of ours for one of the portal', async () => {
    await expect(tested([fails('sign_in', new TypeError('ours'))])).rejects.toThrow(TypeError);
  });
});
