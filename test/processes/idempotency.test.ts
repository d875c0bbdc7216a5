import { decide, runIdOf, type FinalAnswer, type Remembered } from '../../src/processes/idempotency.js';
import { aProcess } from './samples.js';

const fingerprint = Buffer.from('the body');
const remembered: Remembered = { fingerprint, operationId: 'operation', processId: 'process', answer: null };
const answer: FinalAnswer = { word: 'confirmed', progress: aProcess(), extra: null };

describe('a request with a key', () => {
  it('is accepted where the key is new', () => {
    expect(decide(null, fingerprint)).toEqual({ do: 'accept' });
  });

  it('waits for the first one where nothing final stands', () => {
    expect(decide(remembered, Buffer.from('the body'))).toEqual({ do: 'wait', remembered });
  });

  it('gets the final answer again', () => {
    const settled = { ...remembered, answer };

    expect(decide(settled, Buffer.from('the body'))).toEqual({ do: 'replay', remembered: settled, answer });
  });

  it.each([null, answer])('is refused where the key came with another body, whatever stands', (given) => {
    expect(decide({ ...remembered, answer: given }, Buffer.from('another body'))).toEqual({ do: 'refuse' });
  });
});

describe('the run id', () => {
  it('is the first 32 hex digits of a SHA-256, in every version of the gateway', () => {
    expect(runIdOf('installation', 'client', 'key')).toBe('8aa5c5b42b84136bb202548343dce104');
  });

  it('is the same for the same key, though its row was lost', () => {
    expect(runIdOf('installation', 'client', 'key')).toBe(runIdOf('installation', 'client', 'key'));
  });

  it('is another for another installation, client or key, wherever the border between them lies', () => {
    const asked: [string, string, string][] = [
      ['installation', 'client', 'key'],
      ['other', 'client', 'key'],
      ['installation', 'other', 'key'],
      ['installation', 'client', 'other'],
      ['installation', 'clientkey', ''],
      ['installationclient', '', 'key'],
      ['installation', 'client","key', ''],
    ];

    expect(new Set(asked.map((parts) => runIdOf(...parts))).size).toBe(asked.length);
  });
});
