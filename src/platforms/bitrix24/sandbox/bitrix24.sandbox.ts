import { startSimulator, type SimulatedAnswer, type SimulatedRequest } from '../../../lib/simulator.js';
import type { SandboxConnection, SandboxKind } from '../../sandbox.js';
import { controlled } from './controls.js';
import { SimulatedPortal, webhooks } from './portal.js';
import { receivedCall } from './received.js';
import { PortalState } from './state.js';
import { starts } from './templates.js';
import { application, newTokens, TokenServer } from './token-server.js';

/** A simulated Bitrix24 portal with its authorization server, both at one address. */
export const bitrix24Sandbox: SandboxKind = {
  platform: 'bitrix24',
  start: async ({ host, port, folder, tls }) => {
    const state = new PortalState(folder, newTokens());
    const portal = new SimulatedPortal(state);
    const tokens = new TokenServer(state);
    const answer = (request: SimulatedRequest): Promise<SimulatedAnswer> => route(request, state, portal, tokens);
    const simulator = await startSimulator({ host, port, ...(tls ? { tls } : {}) }, answer);
    return { ...simulator, starts, connections: connectionsTo(simulator.url, state) };
  },
};

async function route(
  request: SimulatedRequest,
  state: PortalState,
  portal: SimulatedPortal,
  tokens: TokenServer,
): Promise<SimulatedAnswer> {
  const { pathname } = request.url;
  if (pathname.startsWith('/_sandbox/')) return controlled(request, state, portal);
  if (/^\/oauth\/token\/?$/.test(pathname)) {
    const seen = portal.see('oauth/token', 'sign_in');
    const asked = [{ operation: 'sign_in', definition: null }];
    const told = await portal.answers.answered(asked, async () => {
      const told = await tokens.token(request);
      seen.executed = 'status' in told && told.status === 200;
      return told;
    });
    if ('status' in told) seen.status = told.status;
    return told;
  }
  if (/^\/oauth\/authorize\/?$/.test(pathname)) return tokens.authorize(request);
  const received = receivedCall(request);
  if (received) return portal.answer(received);
  return { status: 404, headers: { 'content-type': 'text/html' }, body: '<html><body>404 Not Found</body></html>' };
}

function connectionsTo(url: string, state: PortalState): readonly SandboxConnection[] {
  const { tokens } = state;
  return [
    {
      suffix: '',
      name: 'Sandbox: Bitrix24 by webhook',
      fields: { auth: { type: 'webhook', userId: 1, secret: webhooks['1']?.secret ?? '' } },
    },
    {
      suffix: '-app',
      name: 'Sandbox: Bitrix24 by application',
      fields: {
        auth: {
          type: 'oauth',
          ...application,
          accessToken: tokens.access.at(-1)?.token ?? '',
          refreshToken: tokens.refresh,
          tokenUrl: `${url}/oauth/token/`,
        },
      },
    },
  ];
}
