import { z } from 'zod';
import { startSimulator, type SimulatedAnswer, type SimulatedRequest } from '../../../lib/simulator.js';
import type { SandboxConnection, SandboxKind } from '../../sandbox.js';
import { applicationToken } from './callbacks.js';
import { controlled } from './controls.js';
import { SimulatedPortal, webhooks } from './portal.js';
import type { PortalFault } from './portal-fault.js';
import { receivedCall } from './received.js';
import { SignInSwitches } from './sign-in-switches.js';
import { PortalState } from './state.js';
import { starts } from './templates.js';
import { application, newTokens, TokenServer } from './token-server.js';

/** A simulated Bitrix24 portal with its authorization server, both at one address. */
export const bitrix24Sandbox: SandboxKind = {
  platform: 'bitrix24',
  start: async ({ host, port, folder, tls }) => {
    const state = new PortalState(folder, newTokens());
    const portal = new SimulatedPortal(state);
    const switches = new SignInSwitches(state, tls ? 'https' : 'http');
    const parts = { state, portal, switches, tokens: new TokenServer(state, switches) };
    const answer = (request: SimulatedRequest): Promise<SimulatedAnswer> => route(request, parts);
    const simulator = await startSimulator({ host, port, ...(tls ? { tls } : {}) }, answer);
    return { ...simulator, starts, connections: connectionsTo(simulator.url, state) };
  },
};

interface Parts {
  readonly state: PortalState;
  readonly portal: SimulatedPortal;
  readonly switches: SignInSwitches;
  readonly tokens: TokenServer;
}

async function route(request: SimulatedRequest, parts: Parts): Promise<SimulatedAnswer> {
  const { state, portal, switches, tokens } = parts;
  const { pathname } = request.url;
  const turned = /^\/_sandbox\/(moved|oauth)$/.exec(pathname)?.[1];
  if (request.method === 'POST' && (turned === 'moved' || turned === 'oauth')) return turn(turned, request, parts);
  if (pathname.startsWith('/_sandbox/')) return controlled(request, state, portal);
  if (/^\/oauth\/token\/?$/.test(pathname)) return tokensFor(request, portal, tokens);
  if (/^\/oauth\/authorize\/?$/.test(pathname)) return tokens.authorize(request);
  const received = receivedCall(request);
  if (!received) return { status: 404, headers: html, body: '<html><body>404 Not Found</body></html>' };
  const redirected = switches.redirected(request);
  if (!redirected) return portal.answer(received);
  const seen = portal.see(received.method, received.method);
  if ('status' in redirected) seen.status = redirected.status;
  return redirected;
}

const html = { 'content-type': 'text/html' };

async function tokensFor(
  request: SimulatedRequest,
  portal: SimulatedPortal,
  tokens: TokenServer,
): Promise<SimulatedAnswer> {
  const seen = portal.see('oauth/token', 'sign_in');
  const asked = [{ operation: 'sign_in', definition: null }];
  const told = await portal.answers.answered(asked, async () => {
    const ordered = portal.errors.take('oauth/token');
    if (ordered) return failure(ordered.fault);
    const answer = await tokens.token(request);
    seen.executed = 'status' in answer && answer.status === 200 && answer.body.includes('access_token');
    return answer;
  });
  if ('status' in told) seen.status = told.status;
  return told;
}

function failure({ status, body }: PortalFault): SimulatedAnswer {
  return { status, headers: { 'content-type': 'application/json; charset=utf-8' }, body: JSON.stringify(body) };
}

function turn(name: 'moved' | 'oauth', { body }: SimulatedRequest, { switches, tokens }: Parts): SimulatedAnswer {
  const headers = { 'content-type': 'application/json' };
  try {
    const said = switches.turn(name, body, () => tokens.endCodes());
    return { status: 200, headers, body: JSON.stringify(said) };
  } catch (error) {
    if (!(error instanceof z.ZodError)) throw error;
    return { status: 422, headers, body: JSON.stringify({ error: z.prettifyError(error) }) };
  }
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
          applicationToken,
          accessToken: tokens.access.at(-1)?.token ?? '',
          refreshToken: tokens.refresh,
          tokenUrl: `${url}/oauth/token/`,
        },
      },
    },
  ];
}
