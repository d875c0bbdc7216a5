import { median, shown } from './figures.js';
import type { Queued } from './queued.js';
import type { Round } from './round.js';
import type { Figures } from './wanted.js';

/** 202s to the limit's: the median of the ratios within each round. */
export function acceptedFigures(rounds: readonly (readonly [limit: Queued, gateway: Queued])[]): Figures {
  const rates = rounds.map(([limit, gateway]) => ({ limit: limit.acceptedPerSecond, own: gateway.acceptedPerSecond }));
  const [own, limit] = [median(rates.map(({ own }) => own)), median(rates.map(({ limit }) => limit))];
  return {
    accepted: {
      figure: median(rates.map(({ own, limit }) => own / limit)),
      told: `${shown(own, 0)}/s to ${shown(limit, 0)}/s`,
    },
  };
}

export function bulkFigures(bulks: readonly Queued[]): Figures {
  const figure = median(bulks.map(({ acceptedPerSecond }) => acceptedPerSecond));
  return { bulk: { figure, told: `${shown(figure, 0)}/s of ${shown(bulks[0]?.starts ?? 0, 0)}` } };
}

export function backlogFigures({ own, backlog }: { readonly own: Round; readonly backlog: Queued }): Figures {
  const drained = `${shown(backlog.starts, 0)}: ${shown(backlog.finishedPerSecond, 0)}/s`;
  return {
    backlog: {
      figure: backlog.finishedPerSecond / own.startsPerSecond,
      told: `${drained} to ${shown(own.startsPerSecond, 0)}/s`,
    },
  };
}
