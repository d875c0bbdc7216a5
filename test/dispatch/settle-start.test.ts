import { settleStart, type Circumstances } from '../../src/dispatch/settle-start.js';
import { verdictOf, type Verdict } from '../../src/dispatch/verdict.js';
import { Busy, InDoubt, Refused, Unreached, type NativeFault } from '../../src/platforms/platform.errors.js';
import type { Started } from '../../src/platforms/run.js';
import type { AttemptKind } from '../../src/processes/operation.js';
import type { Process } from '../../src/processes/process.js';
import type { Settlement } from '../../src/processes/process.store.js';
import { anOperation, aProcess, at, intended, later } from '../processes/samples.js';

const starting = aProcess({ state: 'starting', attempts: 1 });
const fault: NativeFault = { code: 'SOME', message: 'As the portal said it', httpStatus: 400 };

function accepted(given: Partial<Started> = {}): Verdict<Started> {
  const started: Started = {
    state: 'running',
    nativeId: '77',
    nativeState: null,
    result: null,
    failure: null,
    runId: null,
    ...given,
  };
  return { is: 'accepted', answer: started };
}

function failed(error: Error): Verdict<Started> {
  return verdictOf<Started>({ error }, false);
}

const now: Circumstances = {
  at,
  stops: [],
  retryAfterMs: 4000,
  otherUnknown: false,
  keepsRunIds: false,
  idIsTaken: false,
};

function settled(
  verdict: Verdict<Started>,
  process: Process = starting,
  given: Partial<Circumstances> & { readonly kind?: AttemptKind } = {},
): Settlement {
  const { kind = 'send', ...circumstances } = given;
  const sent = intended(process, 'start');
  return settleStart({ ...sent, attempt: { ...sent.attempt, kind } }, process, verdict, { ...now, ...circumstances });
}

function typesOf({ change }: Settlement): string[] {
  return change.news.map(({ type }) => type);
}

describe('a start that the platform accepted', () => {
  it('runs under its native id, and that is the last word on it', () => {
    const settlement = settled(accepted());

    expect(settlement).toMatchObject({
      attempt: { class: 'accepted', nativeId: '77' },
      operation: { state: 'done' },
      change: {
        process: {
          state: 'running',
          nativeId: '77',
          adoption: 'direct',
          evidence: 'platform_reported',
          observedAt: at,
        },
      },
      answer: { word: 'confirmed' },
    });
    expect(typesOf(settlement)).toEqual(['process.started']);
  });

  it('runs without a native id where none was given', () => {
    const settlement = settled(accepted({ nativeId: null }));

    expect(settlement).toMatchObject({
      attempt: { class: 'accepted_unidentified', nativeId: null },
      change: { process: { state: 'running', nativeId: null } },
      answer: { word: 'confirmed' },
    });
  });

  it('is confirmed also where the run has failed already', () => {
    const settlement = settled(accepted({ state: 'failed', failure: { code: '3', message: 'Script broke' } }));

    expect(settlement).toMatchObject({
      operation: { state: 'done' },
      change: { process: { state: 'failed', failure: { code: '3', message: 'Script broke', at }, closedAt: at } },
      answer: { word: 'confirmed' },
    });
    expect(typesOf(settlement)).toEqual(['process.started', 'process.failed']);
  });

  it('is an exact match where the platform met the run of an earlier attempt', () => {
    const settlement = settled(accepted({ state: 'ended', startedBefore: true }));

    expect(settlement.change.process).toMatchObject({ state: 'ended', adoption: 'reconciled_exact', nativeId: '77' });
    expect(typesOf(settlement)).toEqual(['process.reconciled', 'process.ended']);
  });
});

describe('a start that was refused', () => {
  it('is rejected with the platform’s own words, for good', () => {
    const settlement = settled(failed(new Refused('rejected', 'No such template', fault)));

    expect(settlement).toMatchObject({
      attempt: { class: 'refused', nativeFault: fault },
      operation: { state: 'refused' },
      change: {
        process: {
          state: 'rejected',
          failure: { code: 'platform-rejected', message: 'No such template', platform: fault, at },
        },
      },
      answer: { word: 'refused' },
    });
    expect(typesOf(settlement)).toEqual(['process.rejected']);
  });
});

describe('a start whose answer was lost', () => {
  it('becomes indeterminate, is not queued again, and has no last word', () => {
    const settlement = settled(failed(new InDoubt('Cut', fault)));

    expect(settlement).toMatchObject({
      attempt: { class: 'unknown' },
      operation: { state: 'unknown', retryAfterMs: 0 },
      change: { process: { state: 'indeterminate', failure: { code: 'platform-outcome-unknown', platform: fault } } },
      answer: null,
    });
    expect(typesOf(settlement)).toEqual(['process.indeterminate']);
  });

  it('stays so although a stop waits for its run', () => {
    const stop = anOperation(starting, 'terminate');

    expect(settled(failed(new InDoubt('Cut')), starting, { stops: [stop] }).change.process.state).toBe('indeterminate');
  });
});

describe('a start that came back unsent', () => {
  it('waits in the queue by the schedule', () => {
    const settlement = settled(failed(new Unreached('Refused to connect')));

    expect(settlement).toMatchObject({
      attempt: { class: 'not_sent' },
      operation: { state: 'queued', retryAfterMs: 4000 },
      change: {
        process: { state: 'queued', waitingFor: { reason: 'retry', until: later(4000) }, startedAt: null },
        news: [],
      },
      answer: null,
    });
  });

  it('waits as long as the platform asked', () => {
    const settlement = settled(failed(new Busy('limit', 'Too many', null, 30_000)));

    expect(settlement.operation.retryAfterMs).toBe(30_000);
    expect(settlement.change.process.waitingFor).toEqual({ reason: 'budget', until: later(30_000) });
  });

  it('goes again at once where only the session was void', () => {
    const expired = new Busy('sign_in', 'Expired', { code: null, message: null, httpStatus: 401 });

    expect(settled(failed(expired)).operation).toEqual({ state: 'queued', retryAfterMs: 0 });
  });

  it('goes again by schedule where no session was left', () => {
    expect(settled(failed(new Busy('sign_in', 'None left'))).operation.retryAfterMs).toBeGreaterThan(0);
  });

  it.each([
    ['credentials', 'reauthorization'],
    ['portal_closed', 'degraded'],
  ] as const)('says that it waits for a person: %s', (because, reason) => {
    expect(settled(failed(new Busy(because, 'No'))).change.process.waitingFor).toMatchObject({ reason });
  });

  it.each(['terminate', 'kill'] as const)(
    'is withdrawn where a %s was accepted meanwhile, and never sent again',
    (kind) => {
      const settlement = settled(failed(new Unreached('Refused to connect')), starting, {
        stops: [anOperation(starting, kind)],
      });

      expect(settlement).toMatchObject({
        operation: { state: 'done' },
        change: { process: { state: 'withdrawn', evidence: 'gateway_command' } },
        answer: { word: 'unsent' },
      });
      expect(typesOf(settlement)).toEqual(['process.withdrawn']);
    },
  );

  it('is expired where its time to start has passed', () => {
    const settlement = settled(failed(new Unreached('Refused to connect')), { ...starting, startBefore: at });

    expect(settlement).toMatchObject({
      operation: { state: 'done' },
      change: { process: { state: 'expired' } },
      answer: { word: 'unsent' },
    });
  });

  it('waits on where there is time left', () => {
    const process = { ...starting, startBefore: later(1) };

    expect(settled(failed(new Unreached('Refused to connect')), process).change.process.state).toBe('queued');
  });
});

describe('a process of which something better is known than our own answer', () => {
  it.each([
    accepted({ nativeId: '77' }),
    failed(new InDoubt('Cut')),
    failed(new Refused('rejected', 'No')),
    failed(new Unreached('No')),
  ])('stays as it is', (verdict) => {
    const reported = aProcess({ state: 'completed', nativeId: '77', revision: 5 });
    const settlement = settled(verdict, reported);

    expect(settlement.change.process).toEqual({ ...reported, revision: 6 });
    expect(settlement).toMatchObject({ change: { fromRevision: 5, news: [] } });
  });
});

describe('a verdict while another attempt of the start may have run', () => {
  const other = { otherUnknown: true };

  it('speaks for its attempt alone: refused is unknown', () => {
    expect(settled(failed(new Refused('rejected', 'No')), starting, other)).toMatchObject({
      attempt: { class: 'refused' },
      operation: { state: 'unknown' },
      change: { process: { state: 'indeterminate' }, looks: 'restart' },
      answer: null,
    });
  });

  it('neither withdraws nor expires it', () => {
    const stops = [anOperation(starting, 'terminate')];
    const unsent = failed(new Unreached('No'));

    expect(settled(unsent, starting, { ...other, stops }).change.process.state).toBe('indeterminate');
    expect(settled(unsent, { ...starting, startBefore: at }, other).change.process.state).toBe('indeterminate');
  });

  it('accepted, is its run', () => {
    expect(settled(accepted(), starting, other).change.process).toMatchObject({ state: 'running', nativeId: '77' });
  });
});

describe('a start that becomes unknown once more', () => {
  const lost = failed(new InDoubt('Cut'));

  it('is looked for from the start', () => {
    expect(settled(lost).change.looks).toBe('restart');
  });

  it('is left to the person who has it in hand already', () => {
    const process = { ...starting, openIncidents: ['outcome-unknown'] as const };

    expect(settled(lost, process).change.looks).toBe('none');
  });

  it.each(['second-run', 'stop-stuck'] as const)(
    'is looked for although a person is told of something else: %s',
    (kind) => {
      expect(settled(lost, { ...starting, openIncidents: [kind] }).change.looks).toBe('restart');
    },
  );

  it('holds its lane, unless its run can be told from others', () => {
    expect(settled(lost).change.lane).toBe('hold');
    expect(settled(lost, starting, { keepsRunIds: true }).change.lane).toBe('free');
    expect(settled(lost, { ...starting, onIndeterminate: 'continue' }).change.lane).toBe('free');
  });
});

describe('a probe', () => {
  const lost = aProcess({ state: 'indeterminate', attempts: 2 });
  const probe = { kind: 'probe', otherUnknown: true } as const;

  it.each<[string, Error]>([
    ['not sent', new Unreached('No')],
    ['turned away', new Busy('limit', 'Later')],
    ['refused', new Refused('rejected', 'No')],
    ['lost', new InDoubt('Cut')],
  ])('that was %s teaches nothing and never queues the start', (_, error) => {
    expect(settled(failed(error), lost, probe)).toMatchObject({
      operation: { state: 'unknown' },
      change: { process: { state: 'indeterminate' } },
      answer: null,
    });
  });

  it('that was accepted with our id is the run', () => {
    expect(settled(accepted({ runId: 'kept' }), lost, probe)).toMatchObject({
      change: { process: { state: 'running', nativeId: '77', adoption: 'direct', openIncidents: [] } },
    });
  });

  it('that the portal answered with another id may be a second run', () => {
    expect(settled(accepted({ runId: 'ignored' }), lost, probe)).toMatchObject({
      change: { process: { state: 'running', openIncidents: ['second-run'] } },
    });
  });
});

describe('a start that the platform knows already', () => {
  it.each(['send', 'resend', 'probe'] as const)('is an exact match on any attempt: %s', (kind) => {
    const process = kind === 'probe' ? aProcess({ state: 'indeterminate' }) : starting;
    const known = accepted({ state: 'running', startedBefore: true, runId: 'kept' });

    expect(settled(known, process, { kind, otherUnknown: true }).change.process).toMatchObject({
      state: 'running',
      nativeId: '77',
      adoption: 'reconciled_exact',
    });
  });
});
