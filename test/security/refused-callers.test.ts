import { describe, expect, it } from '@jest/globals';
import type { Actor, Audit, AuditPage, Deed, DeedResult } from '../../src/security/audit.js';
import { RefusedCallers } from '../../src/security/refused-callers.js';

interface Noted {
  readonly address: string | null;
  readonly target: string;
  readonly result: string;
}

class Notes implements Audit {
  readonly noted: Noted[] = [];

  async begin(): Promise<string> {
    throw new Error('Nothing begins here');
  }

  async end(): Promise<void> {}

  async note({ address }: Actor, { target }: Deed, { result }: DeedResult): Promise<void> {
    this.noted.push({ address, target, result });
  }

  async list(): Promise<AuditPage> {
    return { lines: [], readTo: null };
  }
}

const fail = (error: unknown): never => {
  throw error;
};

describe('callers that were turned away', () => {
  it('give one line for each address and reason, and none twice', async () => {
    const notes = new Notes();
    const refused = new RefusedCallers(notes, fail);
    for (let at = 0; at < 1000; at += 1) refused.count({ address: '10.0.0.1', code: 'unauthenticated' });
    refused.count({ address: '10.0.0.1', code: 'insufficient-scope' });
    await refused.write();
    await refused.write();

    expect(notes.noted).toEqual([
      { address: '10.0.0.1', target: '1000 requests', result: 'unauthenticated' },
      { address: '10.0.0.1', target: '1 requests', result: 'insufficient-scope' },
    ]);
  });

  it('give no more lines from many addresses than a database bears', async () => {
    const notes = new Notes();
    const refused = new RefusedCallers(notes, fail);
    for (let at = 0; at < 10_000; at += 1)
      refused.count({ address: `2001:db8::${at.toString(16)}`, code: 'unauthenticated' });
    await refused.write();

    expect(notes.noted).toHaveLength(51);
    expect(notes.noted.at(-1)).toEqual({ address: null, target: '9950 requests', result: 'others' });
  });
});
