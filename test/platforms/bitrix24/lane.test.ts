import { describe, expect, it } from '@jest/globals';
import type { StartRequest } from '../../../src/platforms/run.js';
import { answer, answering } from './answering.js';
import { orderOf } from './open-sandbox.js';

describe('the lane of a start', () => {
  const portal = answering(answer(200, {}));
  const laneOf = (request: Partial<StartRequest>): string => portal.laneOf({ ...orderOf('1'), ...request }).key;
  const native = (...parts: string[]): StartRequest['subject'] => ({ native: parts });

  it.each([
    [{ type: 'crm.lead', id: '1' }, native('crm', 'CCrmDocumentLead', 'LEAD_1')],
    [{ type: 'crm.lead', id: '1' }, native('crm', 'ccrmdocumentlead', 'lead_1')],
    [
      { type: 'crm.dynamic.147', id: '1' },
      native('crm', String.raw`\Bitrix\Crm\Integration\BizProc\Document\Dynamic`, 'DYNAMIC_147_1'),
    ],
  ])('is the same for %j and %j', (subject, other) => {
    expect(laneOf({ subject })).toBe(laneOf({ subject: other }));
  });

  it('is another with another template or document, wherever the parts are cut', () => {
    const lanes = [
      laneOf({}),
      laneOf({ definition: '2' }),
      laneOf({ subject: { type: 'crm.lead', id: '2' } }),
      laneOf({ subject: { type: 'crm.deal', id: '1' } }),
      laneOf({ subject: native('a|b', 'c', 'd') }),
      laneOf({ subject: native('a', 'b|c', 'd') }),
    ];

    expect(new Set(lanes).size).toBe(lanes.length);
  });

  it('of a document for signature is its external id', () => {
    const signing = (externalId: string): string =>
      laneOf({ definition: 'sign.b2e.document', subject: null, variables: { externalSettings: { externalId } } });

    expect(signing('A-1')).toBe('sign.b2e.document|A-1');
    expect(signing('A-2')).not.toBe(signing('A-1'));
  });

  it('is at most 1,000 characters, and still another for another document', () => {
    const long = (end: string): string =>
      laneOf({ subject: native('crm', 'x'.repeat(255), `${'|'.repeat(254)}${end}`) });

    expect(long('1').length).toBeLessThanOrEqual(1000);
    expect(long('1')).not.toBe(long('2'));
  });
});
