import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { once } from 'node:events';
import { createServer, type Server, type ServerResponse } from 'node:http';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';
import { AnswerLost, type Exchange } from '../../src/lib/exchange.js';
import { guardedExchange } from '../../src/lib/guarded-exchange.js';
import { listeningPort } from '../../src/lib/listening-port.js';

const mebi = 1024 * 1024;
const quick = { params: { [constants.BROTLI_PARAM_QUALITY]: 1 } };
const bomb = Buffer.alloc(200 * mebi, 0x20);

const answers: Readonly<Record<string, (response: ServerResponse) => void>> = {
  '/200-MB': (response) => {
    const more = (): void => {
      while (!response.destroyed && response.write(bomb.subarray(0, mebi)));
    };
    response.on('drain', more);
    more();
  },
  '/gzip': (response) => void response.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync(bomb)),
  '/brotli': (response) =>
    void response.writeHead(200, { 'content-encoding': 'br' }).end(brotliCompressSync(bomb, quick)),
  '/no-gzip': (response) => void response.writeHead(200, { 'content-encoding': 'gzip' }).end('{"result":1}'),
  '/headers': (response) => void response.writeHead(200, { 'x-a': 'a'.repeat(100_000) }).end('{}'),
  '/windows-1251': (response) =>
    void response
      .writeHead(200, { 'content-type': 'application/json; charset=windows-1251' })
      .end(Buffer.from('7b2261223a22cff0e8e2e5f2227d', 'hex')),
};

let server: Server;
let exchange: Exchange;

beforeAll(async () => {
  server = createServer((request, response) => {
    response.on('error', () => undefined);
    answers[request.url ?? '']?.(response);
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  exchange = guardedExchange({ allow: [], http: false, ownPorts: [listeningPort(server)] });
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});

const get = (path: string) =>
  exchange(
    { method: 'GET', url: `http://127.0.0.1:${listeningPort(server)}${path}`, headers: {}, body: null },
    { signal: AbortSignal.timeout(20_000) },
  );

describe('an answer of a platform that is no answer', () => {
  it.each(['/200-MB', '/gzip', '/brotli', '/no-gzip', '/headers'])(
    'is lost, and takes no memory for what is beyond 32 MiB: %s',
    async (path) => {
      const before = process.memoryUsage().arrayBuffers;

      await expect(get(path)).rejects.toBeInstanceOf(AnswerLost);

      expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(150 * mebi);
    },
  );

  it('is read as far as it is UTF-8 where it is in another charset', async () => {
    expect(JSON.parse((await get('/windows-1251')).body)).toEqual({ a: '\uFFFD'.repeat(6) });
  });
});
