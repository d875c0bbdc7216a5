import { describe, expect, it } from '@jest/globals';
import { answer, answering, secret } from './answering.js';

describe('the answer to a raw call', () => {
  it('comes as it was sent, digits that no number holds included', async () => {
    const body = '{"result": {"ID": 12345678901234567890}, "time": {}}';
    const { natively } = answering(answer(200, body));
    const request = { method: 'some.method', params: {} };
    expect(await natively?.call(request, { signal: AbortSignal.timeout(1000) })).toBe(body);
  });

  it('holds no credentials, should the portal repeat them', async () => {
    const { natively } = answering(answer(200, { result: { address: `https://p.example/rest/1/${secret}/` } }));
    const request = { method: 'some.method', params: {} };
    const text = await natively?.call(request, { signal: AbortSignal.timeout(1000) });
    expect(text).toBe('{"result":{"address":"https://p.example/rest/1/[redacted]/"}}');
  });
});
