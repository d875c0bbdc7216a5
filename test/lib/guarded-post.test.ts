import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Resolve } from '../../src/lib/egress-address.js';
import { guardedPost } from '../../src/lib/guarded-post.js';
import { countingListener, type CountingListener } from './counting-listener.js';
import { inwardNames, inwardUrls } from './inward-spellings.js';

const rules = { allow: [], http: true, ownPorts: [] };
const message = { headers: {}, body: '{}' };
const aWhile = (): AbortSignal => AbortSignal.timeout(2000);

let listener: CountingListener;

beforeAll(async () => {
  listener = await countingListener();
});
afterAll(() => listener?.close());

describe('a message', () => {
  it('reaches no address that is forbidden, however it is spelt', async () => {
    const post = guardedPost(rules, async (host) => inwardNames[host] ?? []);
    for (const url of inwardUrls(listener.port)) {
      await expect(post({ ...message, url }, aWhile())).rejects.toThrow(Error);
    }
    expect(listener.count).toBe(0);
  });

  it('goes nowhere when a name leads elsewhere by the time that it is dialled', async () => {
    let asked = 0;
    const rebinding: Resolve = async () => [(asked += 1) === 1 ? '93.184.216.34' : '127.0.0.1'];
    await rebinding('receiver.example');
    const sent = guardedPost(rules, rebinding)(
      { ...message, url: `http://receiver.example:${listener.port}/` },
      aWhile(),
    );

    await expect(sent).rejects.toThrow('must not be called');
    expect([asked, listener.count]).toEqual([2, 0]);
  });

  it('says of what went wrong neither where it went nor what it held', async () => {
    const url = `http://127.0.0.1:${listener.port}/canary-path?token=canary-token`;
    const sent = guardedPost({ ...rules, allow: ['127.0.0.0/8'] })({ headers: {}, body: 'canary-body', url }, aWhile());
    const error = await sent.catch((thrown: unknown) => thrown);

    expect(error).toBeInstanceOf(Error);
    expect(JSON.stringify(error, Object.getOwnPropertyNames(error))).not.toMatch('canary');
  });

  it('goes out once more where the connection that it was to take had grown too old', async () => {
    let taken = 0;
    const server = createServer((request, response) => {
      taken += 1;
      request.resume().once('end', () => response.end());
    });
    await once(server.listen(0, '127.0.0.1'), 'listening');
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
    const post = guardedPost({ ...rules, allow: ['127.0.0.0/8'] });
    await post({ ...message, url }, aWhile());
    // Until the answer has ended and the connection is kept.
    await setTimeout(50);
    const endMs = performance.now() + 1100;
    // Nothing else runs, so nobody closes it.
    while (performance.now() < endMs);

    const again = await post({ ...message, url }, aWhile()).finally(() => server.close());
    expect(again.status).toBe(200);
    expect(taken).toBe(2);
  });
});
