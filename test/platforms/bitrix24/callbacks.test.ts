import { describe, expect, it } from '@jest/globals';
import type { Form } from '../../../src/lib/form.js';
import { callbacks } from '../../../src/platforms/bitrix24/callbacks.js';

const auth = { type: 'oauth', memberId: 'member', applicationToken: 'application' };
const proven: Form = { application_token: 'application', member_id: 'member', access_token: 'canary-access' };

/** As the examples of the vendor's PHP SDK show it. */
const activity: Form = {
  workflow_id: '664fa13bbbb410.99176768',
  code: 'test_activity',
  document_id: { 0: 'crm', 1: 'CCrmDocumentContact', 2: 'CONTACT_109286' },
  event_token: 'canary-token',
  properties: { comment: 'canary-comment' },
  use_subscription: 'Y',
  timeout_duration: '660',
  ts: '1716494651',
  auth: proven,
};

describe('the proof of a callback', () => {
  it.each([
    ['both that are kept', { auth: proven }, auth, 'proved'],
    ['another application', { auth: { ...proven, application_token: 'other' } }, auth, 'refused'],
    ['another portal', { auth: { ...proven, member_id: 'other' } }, auth, 'refused'],
    ['nothing', {}, auth, 'refused'],
    ['maps instead of texts', { auth: { application_token: { a: 'b' }, member_id: { a: 'b' } } }, auth, 'refused'],
    ['nothing, where nothing is kept', {}, { type: 'webhook' }, 'nothing-to-compare'],
    [
      'empty texts, where nothing is kept',
      { auth: { application_token: '', member_id: '' } },
      {},
      'nothing-to-compare',
    ],
    ['both, where the portal is not kept', { auth: proven }, { applicationToken: 'application' }, 'nothing-to-compare'],
    ['both, where there is no connection', { auth: proven }, null, 'nothing-to-compare'],
  ] as const)('is %s', (_, form, kept, proof) => {
    expect(callbacks.proof(form, kept)).toBe(proof);
  });
});

describe('a callback', () => {
  it('of an activity that waits is an element, and keeps nothing but what that needs', () => {
    const told = callbacks.read(activity);

    expect(told).toEqual([
      {
        is: 'element',
        runId: '664fa13bbbb410.99176768',
        nativeId: expect.stringMatching(/^[0-9a-f]{64}$/),
        name: 'test_activity',
        type: 'activity',
        waits: true,
        waitsSeconds: 660,
        secret: 'canary-token',
      },
    ]);
    expect(JSON.stringify(told)).not.toMatch(/canary-(access|comment)/);
  });

  it.each(['0', '', '-1', '1e9', 'soon'])('that waits "%s" seconds waits for ever', (seconds) => {
    expect(callbacks.read({ ...activity, timeout_duration: seconds })).toMatchObject([{ waitsSeconds: null }]);
  });

  it.each([
    ['an event of others', { event: 'ONCRMLEADUPDATE', data: { FIELDS: { ID: '1' } } }],
    ['an activity without a token', { ...activity, event_token: '' }],
    ['an activity without a run', { ...activity, workflow_id: { a: '1' } }],
    ['a document without a name', { event: 'ONSIGNB2EDOCUMENTSTATUSCHANGED', data: {} }],
    ['a name that every object inherits', { event: 'constructor' }],
    ['nothing', {}],
  ])('is none of ours: %s', (_, form: Form) => {
    expect(callbacks.read(form)).toEqual([]);
  });

  it('is the same when it is told twice, also by two handlers, and another at another time', () => {
    const event = (more: Form): unknown => {
      const [told] = callbacks.read({ event: 'ONSIGNB2EMEMBERSTATUSCHANGED', ts: '1', ...more });
      return told;
    };
    const data = { documentUid: 'R-LK-1', memberUid: 'm', statusCode: 'done' };

    expect(event({ data, event_handler_id: '1' })).toEqual(event({ data, event_handler_id: '2' }));
    expect(event({ data, ts: '2' })).not.toEqual(event({ data }));
  });
});
