import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { Heard, levelToWrite } from './canaries/heard.js';
import { until } from './until.js';

/** A gateway in a process of its own, so that it can be killed. */
export interface RunningGateway {
  /** Without a trailing slash. */
  readonly url: string;
  readonly pid: number;
  /** Everything that it wrote so far. */
  said(): string;
  /** Ends it by a signal, and waits until it is gone; what it leaves behind stays. */
  end(signal: 'SIGKILL' | 'SIGTERM'): Promise<void>;
}

/** The one thing that is added to the gateway: it must not outlive a test run that is killed. */
const endWithParent = "--import=data:text/javascript,process.once('disconnect',process.exit)";

const loader = fileURLToPath(new URL('setup/typescript.mjs', import.meta.url));
const fromSource = ['--import', loader, fileURLToPath(new URL('../src/main.ts', import.meta.url))];

/** The gateway as it is delivered, where memory counts: what reads TypeScript takes a third more. Needs `npm run build`. */
export const delivered = [fileURLToPath(new URL('../dist/main.js', import.meta.url))];

/** Starts a gateway and waits until it listens. @throws Error with what it said where it ended instead */
export async function runGateway(
  env: Readonly<Record<string, string>>,
  main: readonly string[] = fromSource,
): Promise<RunningGateway> {
  const asked = env['LOG_LEVEL'] ?? 'warn';
  const child = spawn(process.execPath, [endWithParent, ...main], {
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    env: { PATH: process.env['PATH'], PORT: '0', ...env, LOG_LEVEL: levelToWrite(asked) },
  });
  const heard = new Heard(asked);
  child.stdout?.on('data', (text) => heard.take('out', String(text)));
  child.stderr?.on('data', (text) => heard.take('err', String(text)));
  const isGone = (): boolean => child.exitCode !== null || child.signalCode !== null;
  const end = async (signal: 'SIGKILL' | 'SIGTERM'): Promise<void> => {
    child.kill(signal);
    await until(isGone, `the gateway to end by ${signal}`, 30_000);
  };
  try {
    const url = await until(
      () => {
        if (isGone()) throw new Error(`The gateway ended: ${heard.said}`);
        return /(http:\/\/[^\s/]+)\/v1/.exec(heard.said)?.[1];
      },
      'the gateway to listen',
      90_000,
    );
    return { url, pid: child.pid ?? 0, said: () => heard.said, end };
  } catch (error) {
    await end('SIGKILL');
    throw error;
  }
}
