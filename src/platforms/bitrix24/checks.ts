import { Busy, InDoubt, Refused } from '../platform.errors.js';
import type { Call, ConnectionCheck } from '../platform.js';
import type { Bitrix24Client, PortalCall } from './bitrix24.client.js';
import { Profile } from './bitrix24.wire.js';
import { listTemplates } from './templates.js';

/** Beyond this, times of the portal and of the gateway cannot be compared when a lost start is looked for. */
const tolerableOffsetMs = 60_000;

const serverTime: PortalCall = { asked: 'read', method: 'server.time', params: {} };
const oneInstance: PortalCall = {
  asked: 'read',
  method: 'bizproc.workflow.instances',
  params: { SELECT: ['ID'], start: -1 },
};

/** The steps of a connection test, cheapest first. */
export function connectionChecks(client: Bitrix24Client, now: () => number = Date.now): readonly ConnectionCheck[] {
  return [
    {
      name: 'reach',
      remedy: 'Check baseUrl: it is the address of the portal itself, e.g. https://example.bitrix24.ru.',
      run: (call) => reach(client, call),
    },
    {
      name: 'sign_in',
      remedy: 'Make a new inbound webhook, or authorize the application again, and put its credentials in.',
      run: (call) => whoWeAre(client, call),
    },
    {
      name: 'rights',
      remedy:
        'The scope "bizproc" is needed, a tariff with business processes, and a portal administrator as the user.',
      run: async (call) => {
        await client.call(oneInstance, call);
        return 'May list, start and stop workflows.';
      },
    },
    {
      name: 'limits',
      remedy: 'Lower the limits of the connection, or wait ten minutes.',
      run: async (call) => {
        const { operatingSeconds } = await client.call(oneInstance, call);
        return operatingSeconds === null
          ? 'The portal does not tell how much work it counts.'
          : `The portal counts ${operatingSeconds} s of work for bizproc.workflow.instances in ten minutes.`;
      },
    },
    {
      name: 'clock',
      remedy: "Set the clock of this machine, or the portal's, right.",
      run: (call) => clockOffset(client, now, call),
    },
    {
      name: 'definitions',
      remedy: 'The list of templates is for portal administrators.',
      run: async (call) => `Templates that can be started: ${(await listTemplates(client, call)).length}.`,
    },
  ];
}

// Any verdict of the portal proves that the address is one; whether it likes us is the next step's question.
async function reach(client: Bitrix24Client, call: Call): Promise<string> {
  try {
    await client.call(serverTime, call);
  } catch (error) {
    const moved = error instanceof Busy && error.native?.httpStatus === 302;
    const told = error instanceof Busy || error instanceof Refused;
    if (!told || moved) throw error;
  }
  return 'A Bitrix24 portal answers.';
}

async function whoWeAre(client: Bitrix24Client, call: Call): Promise<string> {
  const { result } = await client.call({ asked: 'read', method: 'profile', params: {} }, call);
  const profile = Profile.safeParse(result);
  if (!profile.success) throw new InDoubt('The profile cannot be read.', null, { cause: profile.error });
  const role = profile.data.ADMIN === true ? 'an administrator' : 'no administrator';
  return `Signed in as user ${profile.data.ID}, ${role}.`;
}

async function clockOffset(client: Bitrix24Client, now: () => number, call: Call): Promise<string> {
  const askedAt = now();
  const { result, portalTime } = await client.call(serverTime, call);
  const there = Date.parse(typeof result === 'string' ? result : (portalTime ?? ''));
  if (Number.isNaN(there)) throw new InDoubt("The portal's time cannot be read.");
  const offsetMs = there - (askedAt + now()) / 2;
  const seconds = Math.round(offsetMs / 1000);
  if (Math.abs(offsetMs) > tolerableOffsetMs) throw new InDoubt(`The portal's clock is ${seconds} s off ours.`);
  return `The portal's clock is ${seconds} s off ours.`;
}
