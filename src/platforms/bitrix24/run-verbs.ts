import type { Platform } from '../platform.js';
import { Refused } from '../platform.errors.js';
import type { Bitrix24Client } from './bitrix24.client.js';
import { readRun } from './native-run.js';
import { listRuns } from './native-runs.js';
import { signing } from './signing.js';
import { listSigningProviders } from './signing-providers.js';

type RunVerbs = Required<Pick<Platform, 'nativeRuns' | 'nativeRun'>> & Pick<Platform, 'signingProviders'>;

const readByApplication =
  'Bitrix24 shows documents for signature to applications only: adopt it by a connection with auth type "oauth".';

/** What runs at a portal, and who can sign there. @param signs  whether this connection is an application's */
export function runVerbs(client: Bitrix24Client, signs: boolean): RunVerbs {
  return {
    nativeRuns: (query, call) => listRuns(client, query, call),
    nativeRun: async (name, call) => {
      if (name.definition === signing && !signs) throw new Refused('capability', readByApplication);
      return readRun(client, { ...name, signs }, call);
    },
    ...(signs ? { signingProviders: (query, call) => listSigningProviders(client, query, call) } : {}),
  };
}
