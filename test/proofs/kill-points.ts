import { Agent } from 'node:http';
import { Socket } from 'node:net';
import pg from 'pg';

/** Stations of the way of a start at which a gateway can be killed, in their order. */
export const killPoints = [
  'before accept',
  'after accept',
  'before claim',
  'after claim',
  'before intend',
  'after intend',
  'before the dial',
  'on the connected socket',
  'after the first bytes',
  'at the first byte of the answer',
  'at the whole answer',
  'before settle',
  'after settle',
] as const;
export type KillPoint = (typeof killPoints)[number];

/** At which passing of a point this process is killed, or frozen; 1 is the next one. */
export interface Armed {
  readonly point: KillPoint;
  readonly passing: number;
  readonly by: 'SIGKILL' | 'SIGSTOP';
}

let armed: { readonly order: Armed; left: number } | null = null;

/** From now on the process meets the signal at that passing. */
export function arm(order: Armed): void {
  armed = { order, left: order.passing };
}

function pass(point: string): void {
  if (armed?.order.point !== point) return;
  armed.left -= 1;
  // No line of ours runs after this one, or none before it is let go.
  if (armed.left === 0) process.kill(process.pid, armed.order.by);
}

type Method = (this: unknown, ...given: readonly unknown[]) => unknown;

function replace(prototype: object, name: string, by: (original: Method) => Method): void {
  Reflect.set(prototype, name, by(Reflect.get(prototype, name) as Method));
}

/** Makes every statement with a comment of ours, and every socket to a portal, tell where they are. */
export function watchStations(databaseUrl: string): void {
  replace(pg.Client.prototype, 'query', watchedQuery);
  const databasePort = new URL(databaseUrl).port;
  replace(
    Socket.prototype,
    'connect',
    (connect) =>
      function (this: unknown, ...given) {
        const [first] = given;
        const options: unknown = Array.isArray(first) ? first[0] : first;
        const port = typeof options === 'object' && options !== null ? Reflect.get(options, 'port') : undefined;
        if (this instanceof Socket && port !== undefined && String(port) !== databasePort) watch(this);
        return Reflect.apply(connect, this, given);
      },
  );
  replace(
    Agent.prototype,
    'reuseSocket',
    (reuse) =>
      function (this: unknown, ...given) {
        const [socket] = given;
        if (typeof socket === 'object' && socket !== null) anew.get(socket)?.();
        return Reflect.apply(reuse, this, given);
      },
  );
}

/** What a socket that is used again has to begin anew. */
const anew = new WeakMap<object, () => void>();

const stations = ['accept', 'claim', 'intend', 'settle'];

function watchedQuery(query: Method): Method {
  return function (this: unknown, ...given) {
    const [config] = given;
    const text: unknown = typeof config === 'object' && config !== null ? Reflect.get(config, 'text') : config;
    const station = stations.find((one) => typeof text === 'string' && text.includes(`/* ${one} */`));
    if (station === undefined) return Reflect.apply(query, this, given);
    pass(`before ${station}`);
    const answer = Reflect.apply(query, this, given);
    if (!(answer instanceof Promise)) return answer;
    return answer.then((rows: unknown) => {
      pass(`after ${station}`);
      return rows;
    });
  };
}

function watch(socket: Socket): void {
  let isFirst = true;
  let answer = '';
  const begin = (): void => {
    isFirst = true;
    answer = '';
    pass('before the dial');
  };
  anew.set(socket, begin);
  begin();
  for (const name of ['_write', '_writev']) {
    const write = Reflect.get(socket, name) as Method;
    const watched: Method = (...given) => {
      if (isFirst) pass('on the connected socket');
      const written = Reflect.apply(write, socket, given);
      // The kernel has them now.
      if (isFirst) pass('after the first bytes');
      isFirst = false;
      return written;
    };
    Reflect.set(socket, name, watched);
  }
  replace(socket, 'push', (push) => (chunk, ...more) => {
    if (answer === '') pass('at the first byte of the answer');
    answer += String(chunk);
    const [, length] = /\r\ncontent-length: *(\d+)/i.exec(answer) ?? [];
    const size = answer.indexOf('\r\n\r\n') + 4 + Number(length);
    if (length !== undefined && answer.length >= size) pass('at the whole answer');
    return Reflect.apply(push, socket, [chunk, ...more]);
  });
}
