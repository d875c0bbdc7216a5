import { settleElement } from '../../src/dispatch/settle-element.js';
import { verdictOf } from '../../src/dispatch/verdict.js';
import { Busy, InDoubt, Refused, Unreached } from '../../src/platforms/platform.errors.js';
import type { Settlement } from '../../src/processes/process.store.js';
import { aProcess, intended } from '../processes/samples.js';

const running = aProcess({ state: 'running', nativeId: '77', revision: 3 });

function settled(outcome: { answer: boolean } | { error: Error }): Settlement {
  const completing = intended(running, 'complete_element', { input: { elementId: 'e1', nativeElementId: 'n1' } });
  return settleElement(completing, running, verdictOf<boolean>(outcome, false), 2000);
}

describe('an element', () => {
  it('that was executed is news', () => {
    expect(settled({ answer: true })).toMatchObject({
      operation: { state: 'done' },
      change: { news: [{ type: 'element.completed', data: { elementId: 'e1' } }] },
      answer: { word: 'confirmed', extra: { executed: true } },
    });
  });

  it('that had been executed before is none', () => {
    expect(settled({ answer: false })).toMatchObject({
      operation: { state: 'done' },
      change: { news: [] },
      answer: { word: 'confirmed', extra: { executed: false } },
    });
  });

  it.each([
    ['permission', 'platform-permission-denied'],
    ['not_found', 'platform-rejected'],
  ] as const)('that the platform refuses to complete is refused to the caller: %s', (because, code) => {
    expect(settled({ error: new Refused(because, 'No') })).toMatchObject({
      operation: { state: 'refused' },
      answer: { word: 'refused', extra: { code, message: 'No', platform: null } },
    });
  });

  it.each<[string, Error, number]>([
    ['lost', new InDoubt('Cut'), 2000],
    ['never sent', new Unreached('No'), 2000],
    ['turned away', new Busy('limit', 'Later', null, 30_000), 30_000],
  ])('whose completion was %s is completed again, since twice is harmless', (_, error, retryAfterMs) => {
    expect(settled({ error })).toMatchObject({ operation: { state: 'queued', retryAfterMs }, answer: null });
  });

  it('changes nothing of its process but the revision', () => {
    expect(settled({ answer: true }).change.process).toEqual({ ...running, revision: 4 });
  });
});
