import { Agent } from 'node:http';
import { connect, type Socket } from 'node:net';
import { once } from 'node:events';
import { quantile, type Figure } from './figures.js';
import { ask } from './open-loop.js';
import { watchedGateway } from './watched-gateway.js';

type Say = (line: string) => void;

const looks = 2000;
const callers = 4;
const trickleMs = 500;

/** Opens sockets that send and read as slowly as they can, and compares what other callers get beside them. */
export async function measureSlowSockets(databaseUrl: string, sockets: number, say: Say): Promise<readonly Figure[]> {
  const gateway = await watchedGateway(databaseUrl, {});
  try {
    await othersP99(gateway.url);
    const alone = [await othersP99(gateway.url), await othersP99(gateway.url)];
    const slow = await openSlow(gateway.url, sockets);
    const trickle = setInterval(
      () => slow.forEach((socket, at) => socket.writable && socket.write(at % 2 === 0 ? 'x' : 'X-A: b\r\n')),
      trickleMs,
    );
    const beside = [await othersP99(gateway.url), await othersP99(gateway.url)];
    const open = slow.filter((socket) => !socket.destroyed).length;
    say(`alone ${alone.map(told).join(', ')}; beside ${open} slow sockets ${beside.map(told).join(', ')}`);
    clearInterval(trickle);
    // Who does not read never learns that the other side has closed.
    for (const socket of slow) socket.destroy();
    const ratio = Math.min(...beside) / Math.min(...alone);
    return [
      {
        what: `others' p99 beside ${sockets} slow sockets`,
        measured: `× ${ratio.toFixed(2)}`,
        allowed: '× 2.00',
        holds: ratio <= 2,
      },
      {
        what: 'slow sockets that were open then',
        measured: String(open),
        allowed: `${sockets}`,
        holds: open >= sockets * 0.9,
      },
      {
        what: 'memory',
        measured: `${gateway.mostMemory()} MiB`,
        allowed: '400 MiB',
        holds: gateway.mostMemory() < 400,
      },
    ];
  } finally {
    await gateway.close();
  }
}

function told(ms: number): string {
  return `p99 ${ms.toFixed(1)} ms`;
}

async function othersP99(url: string): Promise<number> {
  const agent = new Agent({ keepAlive: true });
  const times: number[] = [];
  const caller = async (): Promise<void> => {
    for (let done = 0; done < looks / callers; done += 1) {
      times.push((await ask(url, { method: 'GET', path: '/v1/processes?limit=1', headers: {}, body: null }, agent)).ms);
    }
  };
  await Promise.all(Array.from({ length: callers }, caller));
  agent.destroy();
  return quantile(times, 0.99);
}

/** Half of them never end their header, half never their body; none of them reads. */
async function openSlow(url: string, sockets: number): Promise<readonly Socket[]> {
  const { hostname, port, host } = new URL(url);
  const opened = Array.from({ length: sockets }, async (_, at) => {
    const socket = connect(Number(port), hostname);
    socket.on('error', () => undefined);
    await once(socket, 'connect');
    const head = `POST /v1/processes HTTP/1.1\r\nHost: ${host}\r\n`;
    socket.write(at % 2 === 0 ? `${head}Content-Type: application/json\r\nContent-Length: 100000\r\n\r\n{"a":"` : head);
    return socket;
  });
  return Promise.all(opened);
}
