import type { SimulatedAnswer, SimulatedRequest } from '../../../lib/simulator.js';
import { html, json } from './answers.js';
import type { SessionOrders } from './session-orders.js';

type Shape = SessionOrders['now']['shape'];

const cookieNames = ['BPMLOADER', '.ASPXAUTH', 'BPMCSRF', 'BPMSESSIONID'];

const loginPages = {
  netframework: {
    path: '/Login/NuiLogin.aspx',
    body: '<!DOCTYPE html><html><body><form action="/0/Login/NuiLogin.aspx" method="post"></form></body></html>',
  },
  net: { path: '/Login/Login.html', body: '<!DOCTYPE html><html data-loadbootstrap="bootstrap.login"></html>' },
} as const;

/** How a request without a session is turned away. Source: clio, `ReauthExecutor.cs`; request logs of a build on .NET. */
export function turnedAway(
  { url, headers }: SimulatedRequest,
  { runtime, isService, shape }: { runtime: 'netframework' | 'net'; isService: boolean; shape: Shape },
): SimulatedAnswer {
  const page = loginPages[runtime];
  switch (shape === 'runtime' || shape === 'forbidden' ? usual() : shape) {
    case 'empty-401':
      return { status: 401, body: '' };
    case 'message-401': {
      const ExceptionType = 'System.InvalidOperationException';
      return json(401, { Message: 'Authentication failed.', StackTrace: null, ExceptionType });
    }
    case 'same-307': {
      const cleared = cookieNames.map((name) => `${name}=; expires=Thu, 01 Jan 1970 00:00:00 GMT; path=/`);
      return { status: 307, headers: { location: url.pathname, 'set-cookie': cleared }, body: '' };
    }
    case 'login-page':
      return { ...html(200, 'Login'), body: page.body };
    case 'redirect': {
      const location = `${page.path}?ReturnUrl=${encodeURIComponent(url.pathname)}`;
      return { ...html(302, 'Object moved'), headers: { location, 'content-type': 'text/html' } };
    }
  }

  function usual(): Exclude<Shape, 'runtime' | 'forbidden'> {
    const isScript = headers['x-requested-with'] === 'XMLHttpRequest' || url.pathname.includes('/odata/');
    if (runtime === 'net') return isScript ? 'empty-401' : 'redirect';
    return isService ? 'message-401' : 'redirect';
  }
}
