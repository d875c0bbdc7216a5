import { actionsOf } from '../../src/incidents/actions.js';
import type { Incident } from '../../src/incidents/incident-record.js';
import type { ProcessState } from '../../src/processes/process-state.js';
import { aProcess, at } from '../processes/samples.js';

function actions(
  kind: Incident['kind'],
  state: ProcessState | null,
  given: Partial<Incident> = {},
  isStopped = false,
): readonly string[] {
  const process = state && aProcess({ state });
  const incident: Incident = {
    id: '01994f0e-0000-7000-8000-000000000001',
    kind,
    state: 'open',
    connection: 'sales',
    processId: process?.id ?? null,
    webhookId: null,
    relatedProcessIds: [],
    candidates: [],
    resolution: null,
    version: 1,
    createdAt: at,
    resolvedAt: null,
    ...given,
  };
  return actionsOf({ incident, process, isStopped });
}

describe('what can be done about an incident', () => {
  it.each([
    ['outcome-unknown', 'indeterminate', ['adopt', 'confirm_not_started', 'resend']],
    ['outcome-unknown', 'rejected', ['acknowledge']],
    ['id-taken', 'indeterminate', ['adopt', 'confirm_not_started', 'resend']],
    ['id-taken', 'completed', ['acknowledge']],
    ['unidentified-run', 'running', ['adopt', 'acknowledge']],
    ['unidentified-run', 'completed', ['acknowledge']],
    ['second-run', 'running', ['acknowledge']],
    ['second-run', 'indeterminate', []],
    ['stop-stuck', 'terminating', ['acknowledge']],
    ['reauthorization-required', null, ['acknowledge']],
    ['portal-closed', null, ['acknowledge']],
    ['database-restored', null, ['adopt', 'release']],
    ['webhook-disabled', null, ['acknowledge']],
  ] as const)('%s of a process that is %s: %j', (kind, state, expected) => {
    expect(actions(kind, state)).toEqual(expected);
  });

  it.each(['outcome-unknown', 'id-taken'] as const)('is no second send where a stop was accepted: %s', (kind) => {
    expect(actions(kind, 'indeterminate', {}, true)).toEqual(['adopt', 'confirm_not_started']);
  });

  it('is nothing once it is resolved', () => {
    expect(actions('outcome-unknown', 'indeterminate', { state: 'resolved' })).toEqual([]);
  });
});
