import { Breakers } from '../../src/dispatch/breakers.js';
import type { Verdict } from '../../src/dispatch/verdict.js';
import { NotSent } from '../../src/lib/exchange.js';
import { Busy, InDoubt, Refused, Unreached, type PlatformError } from '../../src/platforms/platform.errors.js';
import { until } from '../until.js';
import { aPlatform, aPortal, KeptLog, KnownPortals } from './engine.js';

const unknown: Verdict<never> = { is: 'unknown', fault: null, message: 'No complete answer' };

function unreached(because: NotSent['because'] = 'unreachable'): Unreached {
  return new Unreached('No connection', null, { cause: new NotSent(because, 'No connection') });
}

interface Room {
  readonly breakers: Breakers;
  readonly clock: { ms: number };
  readonly log: KeptLog;
  /** What the portal says to the cheap read; `null`: something good. */
  answers: PlatformError | null;
  asked: number;
  closed: number;
}

function room(): Room {
  const clock = { ms: 0 };
  const log = new KeptLog();
  const breakers = new Breakers({ clock: { now: () => new Date(clock.ms) }, log, now: () => clock.ms });
  const made: Room = { breakers, clock, log, answers: null, asked: 0, closed: 0 };
  const reach = {
    name: 'reach' as const,
    remedy: '',
    run: async () => {
      made.asked += 1;
      if (made.answers) throw made.answers;
      return 'It answers.';
    },
  };
  const portals = new KnownPortals([aPortal({ platform: Object.assign(aPlatform(), { checks: [reach] }) })]);
  // Time is moved by hand, and so are the looks of the timer.
  breakers.begin(portals, () => (made.closed += 1));
  void breakers.end();
  return made;
}

function fails(breakers: Breakers, times: number): void {
  for (let time = 0; time < times; time += 1) breakers.noteVerdict('sales', unknown);
}

describe('a breaker', () => {
  it('opens at the fifth failure in a row', () => {
    const { breakers, log } = room();
    fails(breakers, 4);
    expect(breakers.waitMs('sales')).toBe(0);
    breakers.noteError('sales', unreached());

    expect(breakers.of('sales').state).toBe('open');
    expect(breakers.waitMs('sales')).toBe(1000);
    expect(log.events).toEqual(['breaker.opened']);
  });

  it.each<[string, PlatformError]>([
    ['a refusal', new Refused('rejected', 'No')],
    ['a limit', new Busy('limit', 'Wait')],
  ])('begins to count anew after %s, since the portal is there', (_, error) => {
    const { breakers } = room();
    fails(breakers, 4);
    breakers.noteError('sales', error);
    fails(breakers, 4);

    expect(breakers.of('sales').state).toBe('closed');
  });

  it('counts a portal that lets nobody connect in time', () => {
    const { breakers } = room();
    for (let time = 0; time < 5; time += 1) breakers.noteError('sales', unreached('late'));

    expect(breakers.of('sales').state).toBe('open');
  });

  it.each(['unpaid', 'denied'] as const)('does not count what was held back here: %s', (because) => {
    const { breakers } = room();
    fails(breakers, 4);
    for (let time = 0; time < 5; time += 1) breakers.noteError('sales', unreached(because));
    expect(breakers.of('sales').state).toBe('closed');
    fails(breakers, 1);

    expect(breakers.of('sales').state).toBe('open');
  });

  it('is of one connection', () => {
    const { breakers } = room();
    fails(breakers, 5);

    expect(breakers.waitMs('other')).toBe(0);
  });
});

describe('an open breaker', () => {
  it('closes when a cheap read is answered, and tells so', async () => {
    const made = room();
    fails(made.breakers, 5);
    made.clock.ms = 999;
    made.breakers.tick();
    expect(made.asked).toBe(0);
    made.clock.ms = 1000;
    made.breakers.tick();
    expect(made.breakers.of('sales').state).toBe('half_open');
    await until(() => made.closed > 0, 'the breaker to close');

    expect(made.asked).toBe(1);
    expect(made.breakers.waitMs('sales')).toBe(0);
  });

  it('closes also when the portal refuses the read', async () => {
    const made = room();
    made.answers = new Refused('permission', 'No');
    fails(made.breakers, 5);
    made.clock.ms = 1000;
    made.breakers.tick();

    await until(() => made.closed > 0, 'the breaker to close');
    expect(made.breakers.of('sales').state).toBe('closed');
  });

  it('asks again after 1, 2, 5, 10, 30, and then every 60 seconds', async () => {
    const made = room();
    made.answers = new InDoubt('No answer');
    fails(made.breakers, 5);
    const waits: number[] = [];
    for (let time = 0; time < 7; time += 1) {
      waits.push(made.breakers.waitMs('sales') / 1000);
      made.clock.ms += made.breakers.waitMs('sales');
      made.breakers.tick();
      await until(() => made.breakers.of('sales').state === 'open', 'the answer');
    }

    expect(waits).toEqual([1, 2, 5, 10, 30, 60, 60]);
    expect(made.breakers.of('sales').lastFailure?.message).toBe('No answer');
  });
});
