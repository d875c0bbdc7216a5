import { InDoubt } from '../platform.errors.js';
import type { ConnectionCheck } from '../platform.js';
import type { CreatioClient } from './creatio.client.js';
import { readLibrary } from './definitions.js';
import type { ProcessLog } from './process-log.js';
import type { Rows } from './rows.js';

/** The steps of a connection test, cheapest first. A sign-in that was refused is not tried again. */
export function checksOf(
  { client, log, rows }: { readonly client: CreatioClient; readonly log: ProcessLog; readonly rows: Rows },
  now: () => number = Date.now,
): ConnectionCheck[] {
  return [
    {
      name: 'reach',
      remedy: 'Check the address of the instance, and that it is up.',
      run: async (call) => {
        const { status } = await client.ping(call);
        if (status !== 200) throw new InDoubt(`The health check answered HTTP ${status}`);
        return 'The instance is up.';
      },
    },
    {
      name: 'sign_in',
      remedy: 'Check user name and password, that the user is active, has a login licence and no second factor.',
      run: async (call) => {
        await client.signIn(call);
        return ['The technical user is signed in.', client.advice ?? ''].join(' ').trim();
      },
    },
    {
      name: 'rights',
      remedy: 'Grant the technical user the system operation CanUseODataService and the right to see the process log.',
      run: async (call) => {
        rows.forget();
        return `The process log can be read, by ${await log.probe(call)}.`;
      },
    },
    {
      name: 'clock',
      remedy: 'Let both clocks be set by NTP: lost starts are looked up by their time.',
      run: async (call) => {
        const { headers } = await client.ping(call);
        const theirs = typeof headers['date'] === 'string' ? Date.parse(headers['date']) : Number.NaN;
        if (Number.isNaN(theirs)) throw new InDoubt('The instance tells no time');
        return `The clock of the instance is ${Math.round((theirs - now()) / 1000)} s from ours.`;
      },
    },
    {
      name: 'definitions',
      remedy: 'Grant the technical user the right to read the process library (VwProcessLib).',
      run: async (call) => `${(await readLibrary({ rows }, call)).length} processes can be started.`,
    },
  ];
}
