import { median, shown } from './figures.js';
import type { Round } from './round.js';
import type { TargetName } from './workbench.js';
import type { Figures, Measured } from './wanted.js';

type Rounds = readonly (readonly Round[])[];

interface Of {
  readonly callers: number;
  readonly target: TargetName;
}

/** What rounds of starts say of the gateway: medians, of ratios and differences those within each round. */
export function startFigures(rounds: Rounds): Figures {
  return {
    toLimitAt16: rateTo(rounds, 'limit', 16),
    toLimitAt64: rateTo(rounds, 'limit', 64),
    toNodeRedAt16: rateToNodeRed(rounds, 16),
    toNodeRedAt64: rateToNodeRed(rounds, 64),
    toNestAt16: rateTo(rounds, 'nest-as-usual', 16),
    toNestAt64: rateTo(rounds, 'nest-as-usual', 64),
    gatewayCpu: spent(rounds, ({ targetCpu }) => targetCpu),
    postgresCpu: spent(rounds, ({ postgresCpu }) => postgresCpu),
    addedP50: addedP50(rounds),
    loadedMemory: loadedMemory(rounds),
  };
}

function rateTo(rounds: Rounds, reference: TargetName, callers: number): Measured {
  const pairs = both(rounds, callers, reference).map(([own, other]) => ({
    own: own.startsPerSecond,
    other: other.startsPerSecond,
  }));
  const [own, other] = [median(pairs.map(({ own }) => own)), median(pairs.map(({ other }) => other))];
  return {
    figure: median(pairs.map(({ own, other }) => own / other)),
    told: `${shown(own, 0)}/s to ${shown(other, 0)}/s`,
  };
}

/** Node-RED is no part of the project: who wants it measured has to install it. */
function rateToNodeRed(rounds: Rounds, callers: number): Measured {
  const isThere = rounds.flat().some(({ target }) => target === 'node-red');
  return isThere ? rateTo(rounds, 'node-red', callers) : { figure: null, told: 'needs --node-red DIR' };
}

function spent(rounds: Rounds, of: (round: Round) => number | null): Measured {
  const figure = median(only(rounds, { callers: 64, target: 'gateway' }).map((round) => of(round) ?? Number.NaN));
  return { figure, told: `${shown(figure, 2)} s` };
}

function addedP50(rounds: Rounds): Measured {
  const pairs = both(rounds, 1, 'limit').map(([own, other]) => ({ own: own.p50Ms, other: other.p50Ms }));
  const figure = median(pairs.map(({ own, other }) => own - other));
  const [own, other] = [median(pairs.map(({ own }) => own)), median(pairs.map(({ other }) => other))];
  return { figure, told: `${shown(figure, 1)} ms: ${shown(own, 1)} and ${shown(other, 1)}` };
}

function loadedMemory(rounds: Rounds): Measured {
  const held = only(rounds, { callers: 64, target: 'gateway' }).map(({ residentMiB }) => residentMiB ?? Number.NaN);
  const figure = held.length === 0 ? null : Math.max(...held);
  return { figure, told: `${shown(figure, 0)} MiB at most` };
}

function both(rounds: Rounds, callers: number, reference: TargetName): (readonly [own: Round, other: Round])[] {
  return rounds.flatMap((round) => {
    const [own] = only([round], { callers, target: 'gateway' });
    const [other] = only([round], { callers, target: reference });
    return own && other ? [[own, other] as const] : [];
  });
}

function only(rounds: Rounds, { callers, target }: Of): readonly Round[] {
  return rounds.flat().filter((round) => round.callers === callers && round.target === target);
}
