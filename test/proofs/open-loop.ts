import { Agent, request } from 'node:http';

/** One answer of a load, or that none came. */
export interface LoadAnswer {
  /** 0: the connection broke. */
  readonly status: number;
  readonly hasRetryAfter: boolean;
  readonly ms: number;
}

/** A load that does not wait for answers: so many requests a second, whatever becomes of them. */
export interface OpenLoop {
  readonly url: string;
  readonly perSecond: number;
  readonly seconds: number;
  /** Method, path, headers and body of the next request. */
  readonly next: () => LoadRequest;
}

export interface LoadRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | null;
}

/** How often the load is brought up to its rate. */
const tickMs = 5;

/** Sends the load to its end, and waits for the last answers. */
export async function openLoop({ url, perSecond, seconds, next }: OpenLoop): Promise<readonly LoadAnswer[]> {
  const agent = new Agent({ keepAlive: true, maxSockets: 4000 });
  const answers: Promise<LoadAnswer>[] = [];
  const beganMs = performance.now();
  await new Promise<void>((resolve) => {
    const timer = setInterval(() => {
      const elapsed = (performance.now() - beganMs) / 1000;
      const due = Math.min(elapsed, seconds) * perSecond;
      while (answers.length < due) answers.push(ask(url, next(), agent));
      if (elapsed < seconds) return;
      clearInterval(timer);
      resolve();
    }, tickMs);
  });
  const all = await Promise.all(answers);
  agent.destroy();
  return all;
}

/** Sends one request and reads its answer to the end. Never throws. */
export async function ask(
  url: string,
  { method, path, headers, body }: LoadRequest,
  agent: Agent,
): Promise<LoadAnswer> {
  const { hostname, port } = new URL(url);
  const beganMs = performance.now();
  return new Promise((resolve) => {
    const over = (status: number, hasRetryAfter = false): void =>
      resolve({ status, hasRetryAfter, ms: performance.now() - beganMs });
    const call = request({ hostname, port, agent, path, method, headers, timeout: 90_000 }, (answer) => {
      answer.on('error', () => over(0));
      answer.on('end', () => over(answer.statusCode ?? 0, answer.headers['retry-after'] !== undefined));
      answer.resume();
    });
    call.on('timeout', () => call.destroy(new Error('No answer')));
    call.on('error', () => over(0));
    call.end(body ?? undefined);
  });
}
