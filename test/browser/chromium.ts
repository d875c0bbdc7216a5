import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable, Writable } from 'node:stream';
import { until } from '../until.js';

/** One page of a real browser. */
export interface Page {
  /** What an expression gives in the page, waited for. @throws Error with what was thrown there */
  evaluate(expression: string): Promise<unknown>;
  /** Errors that the page's console shows, refusals of its Content-Security-Policy among them. */
  readonly errors: readonly string[];
}

export interface Chromium {
  /** Opens an address and waits until it is loaded, or cannot be. */
  open(url: string): Promise<Page>;
  close(): Promise<void>;
}

interface Message {
  readonly id?: number;
  readonly method?: string;
  readonly sessionId?: string;
  readonly params?: Readonly<Record<string, unknown>>;
  readonly result?: Readonly<Record<string, unknown>>;
  readonly error?: unknown;
}

/** Where the browser is; `undefined`: this machine has none. */
export const chromiumPath = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find((path) =>
  existsSync(path),
);

const end = '\0';

/** Starts a browser without a window. @param hosts  names that lead to this machine, e.g. `evil.example` */
export async function startChromium(path: string, hosts: readonly string[]): Promise<Chromium> {
  const profile = await mkdtemp(join(tmpdir(), 'chromium-'));
  const rules = hosts.map((host) => `MAP ${host} 127.0.0.1`).join(',');
  const options = ['--headless=new', '--no-sandbox', '--disable-gpu', '--no-first-run', '--remote-debugging-pipe'];
  const child = spawn(
    path,
    [...options, `--host-resolver-rules=${rules}`, `--user-data-dir=${profile}`, 'about:blank'],
    {
      stdio: ['ignore', 'ignore', 'ignore', 'pipe', 'pipe'],
    },
  );
  const [, , , commands, answers] = child.stdio;
  if (!(commands instanceof Writable) || !(answers instanceof Readable)) throw new TypeError('A pipe has two ends');
  const call = callsOver(commands, answers);
  return {
    open: async (url) => {
      const { targetId } = await call.send('Target.createTarget', { url: 'about:blank' });
      const { sessionId } = await call.send('Target.attachToTarget', { targetId, flatten: true });
      return openPage(call, String(sessionId), url);
    },
    close: async () => {
      child.kill('SIGKILL');
      await until(() => child.exitCode !== null || child.signalCode !== null, 'the browser to end');
      await rm(profile, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

interface Calls {
  send(method: string, params?: object, sessionId?: string): Promise<Readonly<Record<string, unknown>>>;
  on(hear: (message: Message) => void): void;
}

/** The DevTools protocol over the two pipes: JSON texts that end with a NUL. */
function callsOver(commands: Writable, answers: Readable): Calls {
  const waiting = new Map<number, (message: Message) => void>();
  const listeners: ((message: Message) => void)[] = [];
  let [rest, last] = ['', 0];
  answers.setEncoding('utf8').on('data', (text: string) => {
    const messages = (rest + text).split(end);
    rest = messages.pop() ?? '';
    for (const one of messages) {
      const message: Message = Object(JSON.parse(one));
      if (message.id === undefined) for (const hear of listeners) hear(message);
      else waiting.get(message.id)?.(message);
    }
  });
  return {
    on: (hear) => void listeners.push(hear),
    send: async (method, params = {}, sessionId) =>
      new Promise((resolve, reject) => {
        const id = (last += 1);
        waiting.set(id, ({ result, error }) => {
          waiting.delete(id);
          if (error === undefined) resolve(result ?? {});
          else reject(new Error(`${method}: ${JSON.stringify(error)}`));
        });
        commands.write(JSON.stringify({ id, method, params, ...(sessionId ? { sessionId } : {}) }) + end);
      }),
  };
}

async function openPage(call: Calls, sessionId: string, url: string): Promise<Page> {
  const errors: string[] = [];
  let isLoaded = false;
  call.on((message) => {
    if (message.sessionId !== sessionId) return;
    if (message.method === 'Page.loadEventFired') isLoaded = true;
    const fault = faultIn(message);
    if (fault !== null) errors.push(fault);
  });
  for (const domain of ['Page', 'Runtime', 'Log']) await call.send(`${domain}.enable`, {}, sessionId);
  await call.send('Page.navigate', { url }, sessionId);
  await until(() => isLoaded, `${url} to be loaded`, 20_000);
  return {
    errors,
    evaluate: async (expression) => {
      const options = { expression, awaitPromise: true, returnByValue: true, userGesture: true };
      const { result, exceptionDetails } = await call.send('Runtime.evaluate', options, sessionId);
      if (exceptionDetails !== undefined) throw new Error(JSON.stringify(exceptionDetails).slice(0, 500));
      return Object(result).value;
    },
  };
}

function faultIn({ method, params = {} }: Message): string | null {
  if (method === 'Log.entryAdded') {
    const { level, text, url } = Object(params['entry']);
    return level === 'error' ? `${text} ${url ?? ''}` : null;
  }
  if (method === 'Runtime.exceptionThrown') return JSON.stringify(params['exceptionDetails']).slice(0, 500);
  if (method === 'Runtime.consoleAPICalled' && params['type'] === 'error') return JSON.stringify(params['args']);
  return null;
}
