import type { Method } from './method.js';
import { portalTime } from './state.js';

/** What SDKs and connection tests ask for beside business processes. */
export const commonMethods: Readonly<Record<string, Method>> = {
  'server.time': { run: ({ state }) => ({ result: portalTime(state.clock.now()) }) },
  profile: {
    run: ({ caller }) => ({
      result: { ID: caller.userId, ADMIN: caller.isAdmin, NAME: 'Ivan', LAST_NAME: 'Petrov', TIME_ZONE_OFFSET: 0 },
    }),
  },
  'user.current': {
    run: ({ caller }) => ({ result: { ID: caller.userId, ACTIVE: true, NAME: 'Ivan', LAST_NAME: 'Petrov' } }),
  },
  'user.admin': { run: ({ caller }) => ({ result: caller.isAdmin }) },
  'app.info': {
    run: () => ({
      result: {
        ID: 1,
        CODE: 'local.sandbox',
        VERSION: 1,
        STATUS: 'L',
        INSTALLED: true,
        LANGUAGE_ID: 'ru',
        LICENSE: 'ru_pro100',
      },
    }),
  },
  scope: { run: () => ({ result: ['bizproc', 'sign.b2e', 'crm', 'user'] }) },
};
