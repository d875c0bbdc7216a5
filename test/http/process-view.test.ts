import { describe, expect, it } from '@jest/globals';
import { processView } from '../../src/http/process-view.js';
import { PublicUrl } from '../../src/http/public-url.js';
import type { Caller } from '../../src/security/caller.js';
import { aProcess } from '../processes/samples.js';

const everything: Caller = {
  clientId: '01994f0e-0000-7000-8000-000000000001',
  name: 'erp',
  scopes: new Set(['processes:read']),
  connections: null,
  definitions: null,
  sees: 'connection',
  requireIdempotencyKey: false,
};

const process = aProcess({ state: 'queued', waitingFor: { reason: 'lane', processId: 'of another client' } });

const shownTo = (caller: Caller): unknown =>
  processView(process, { caller, url: new PublicUrl('http://localhost'), kindOf: () => null })['waitingFor'];

describe('a start that waits for another one', () => {
  it('names it to whoever may see every process', () => {
    expect(shownTo(everything)).toEqual({ reason: 'lane', processId: 'of another client' });
  });

  it.each([
    ['its own processes', { sees: 'own' as const }],
    ['some connections', { connections: ['sales'] }],
    ['some definitions', { definitions: ['1'] }],
  ])('names it not to a caller that sees only %s', (_, limits) => {
    expect(shownTo({ ...everything, ...limits })).toEqual({ reason: 'lane' });
  });
});
