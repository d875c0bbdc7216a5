import fc from 'fast-check';
import { Crash, Delay, Freeze, Limit, LoseStatement, markers, Minute, mishaps, Spoil, spoilt, Wait } from './faults.js';
import { evidenceOf, type Evidence } from './evidence.js';
import { broken } from './invariants.js';
import { Decide, decideAll } from './operator.js';
import { newModel, type Model } from './model.js';
import { platforms } from './portals.js';
import { aMinutePasses } from './minute.js';
import { callersLearn, heal, rest } from './rest.js';
import { OtherBody, Repeat, Start, startKinds, type WalkCommand } from './starts.js';
import { Finish, Look, Stop } from './stops.js';
import { Walk, type WalkSettings } from './walk.js';
import type { World } from './world.js';

/** A walk to be: on what it is set, and its steps. */
export interface Route {
  readonly settings: WalkSettings;
  readonly commands: Iterable<WalkCommand>;
}

const nth = fc.nat({ max: 11 });
const at = fc.nat({ max: 1 });

const settings: fc.Arbitrary<WalkSettings> = fc.record({
  runIds: fc.constantFrom('off', 'match', 'probe'),
  keepsRunIds: fc.boolean(),
  maxInFlight: fc.constantFrom(10, 1),
  batch: fc.constantFrom('off', 'auto'),
  otherwise: fc.constantFrom('confirm_not_started', 'resend'),
});

const start = fc
  .tuple(
    fc.constantFrom(...startKinds),
    fc.record({
      lead: fc.constantFrom(1, 2),
      onIndeterminate: fc.constantFrom('block', 'continue'),
      waits: fc.boolean(),
      startWithinSeconds: fc.constantFrom(3600, 3600, 3600, 1),
    }),
    at,
  )
  .map(([kind, options, at]) => new Start(kind, options, at));

const spoil = fc
  .tuple(
    fc.constantFrom(...platforms),
    fc.constantFrom('start', 'start', ...spoilt),
    fc.record({ do: fc.constantFrom(...mishaps), next: fc.integer({ min: 1, max: 3 }) }),
  )
  .map(([platform, operation, how]) => new Spoil(platform, operation, how));

const stop = fc
  .tuple(fc.constantFrom('terminate', 'kill'), nth, fc.record({ whenFound: fc.boolean(), at }))
  .map(([kind, nth, more]) => new Stop(kind, nth, more));

const loseStatement = fc
  .tuple(fc.constantFrom(...markers), fc.constantFrom('lost-before', 'answer-lost'), at)
  .map(([marker, fault, at]) => new LoseStatement(marker, fault, at));

const wait = fc.constantFrom(50, 300, 2000).map((ms) => new Wait(ms));

/** A command that is listed twice is twice as likely. */
const commands = fc.commands<Model, Walk, false>(
  [
    start,
    start,
    start,
    start,
    start,
    start,
    start,
    spoil,
    spoil,
    stop,
    stop,
    wait,
    wait,
    loseStatement,
    fc.tuple(nth, fc.constantFrom('one', 'both'), at).map(([nth, to, at]) => new Repeat(nth, to, at)),
    fc.tuple(nth, at).map(([nth, at]) => new OtherBody(nth, at)),
    fc.tuple(nth, fc.boolean(), at).map(([nth, refresh, at]) => new Look(nth, refresh, at)),
    fc.tuple(nth, fc.constantFrom('completed', 'failed')).map(([nth, outcome]) => new Finish(nth, outcome)),
    fc
      .tuple(nth, fc.constantFrom('confirm_not_started', 'resend'), at)
      .map(([nth, otherwise, at]) => new Decide(nth, otherwise, at)),
    at.map((at) => new Crash(at)),
    fc.tuple(at, fc.constantFrom(300, 2700)).map(([at, ms]) => new Freeze(at, ms)),
    fc
      .tuple(fc.constantFrom(...platforms), fc.constantFrom(300, 900, 1500))
      .map(([platform, ms]) => new Delay(platform, ms)),
    fc.constant(new Limit()),
    fc.constant(new Minute()),
  ],
  { maxCommands: 24, size: 'max' },
);

export const routes: fc.Arbitrary<Route> = fc.record({ settings, commands });

/** What a walk that held came to. */
export interface Walked {
  readonly starts: number;
  readonly executed: number;
  readonly commands: number;
  readonly faults: ReadonlyMap<string, number>;
  readonly states: readonly string[];
  /** Incidents that a person took up at the end. */
  readonly decided: number;
}

/** Goes one walk. @throws Error where an invariant is broken; then its world is not to be used again */
export async function walkAlong({ settings, commands }: Route, world: World, name: string): Promise<Walked> {
  const walk = await Walk.begin(world, settings, name);
  const model = newModel(settings.keepsRunIds && settings.runIds !== 'off');
  let steps = 0;
  try {
    await fc.asyncModelRun(
      () => ({ model, real: walk }),
      counted(commands, () => (steps += 1)),
    );
    await heal(walk);
    await callersLearn(model, walk);
    await rest(walk);
    const first = await judged(model, walk);
    await aMinutePasses(walk.world.sql);
    const decided = await decideAll(model, walk, settings.otherwise);
    if (decided > 0) await rest(walk);
    const evidence = decided > 0 ? await judged(model, walk) : first;
    return {
      decided,
      starts: model.starts.length,
      executed: [...evidence.runs.values()].flat().length,
      commands: steps,
      faults: model.faults,
      states: evidence.processes.map(({ state }) => state),
    };
  } finally {
    await walk.end();
  }
}

/** What is known of a walk at rest. @throws Error where an invariant is broken */
async function judged(model: Model, walk: Walk): Promise<Evidence> {
  const evidence = await evidenceOf(walk);
  const faults = broken(model, evidence);
  if (faults.length > 0) throw new Error(`${faults.join('\n')}\n${told(model, evidence)}`);
  return evidence;
}

function* counted(commands: Iterable<WalkCommand>, count: () => void): Iterable<WalkCommand> {
  for (const command of commands) {
    count();
    yield command;
  }
}

/** What is known, for whoever has to understand it. */
function told(model: Model, { processes, attempts, runs, lines }: Evidence): string {
  return [
    ...model.starts.map(({ name, unique, ids }) => {
      const found = processes.filter((process) => process.unique === unique);
      const tries = found.flatMap(({ id }) => attempts.get(id) ?? []).map((one) => `${one.kind} ${one.class}`);
      const shown = found.map(({ id, state, native_id: native }) => `${id} ${state} ${native}`).join(', ');
      const truth = (runs.get(unique) ?? []).map(({ nativeId, state }) => `${nativeId} ${state}`).join(', ');
      return `  ${name} told ${[...ids].join(' ')}: ${shown}; attempts ${tries.join(', ')}; runs ${truth}`;
    }),
    ...lines.slice(-15).map((line) => `  ${line.slice(0, 400).trim()}`),
  ].join('\n');
}
