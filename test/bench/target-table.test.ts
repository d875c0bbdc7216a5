import { describe, expect, it } from '@jest/globals';
import { worst } from '../../bench/lists-kept.js';
import type { Round } from '../../bench/round.js';
import { startFigures } from '../../bench/start-figures.js';
import { wantedReport } from '../../bench/wanted-report.js';
import { reached, wanted } from '../../bench/wanted.js';
import type { TargetName } from '../../bench/workbench.js';

/** The cells of the one row that is about this. */
function rowOf(report: string, what: string): readonly string[] {
  const line = report.split('\n').find((one) => one.startsWith(`| ${what} `)) ?? '';
  return line.split('|').map((cell) => cell.trim());
}

function round(target: TargetName, callers: number, figures: Partial<Round>): Round {
  const none = { starts: 1, startsPerSecond: Number.NaN, p50Ms: Number.NaN, p99Ms: Number.NaN };
  return {
    target,
    callers,
    ...none,
    targetCpu: null,
    postgresCpu: null,
    residentMiB: null,
    othersCpu: null,
    ...figures,
  };
}

describe('a figure beside its target', () => {
  it('has reached the border on which it stands, of more as of less', () => {
    expect([0.49, 0.5, 0.99, 1].map((figure) => reached(wanted.toLimitAt16, figure))).toEqual([
      'NO',
      'must',
      'must',
      'goal',
    ]);
    expect([0.71, 0.7, 0.36, 0.35].map((figure) => reached(wanted.gatewayCpu, figure))).toEqual([
      'NO',
      'must',
      'must',
      'goal',
    ]);
  });

  it('is no figure where nothing was measured', () => {
    expect(reached(wanted.bulk, null)).toBe('NOT MEASURED');
    expect(reached(wanted.bulk, Number.NaN)).toBe('NOT MEASURED');
  });

  it('misses nothing where only a goal is set', () => {
    expect([50, 51].map((figure) => reached(wanted.limitedRequests, figure))).toEqual(['goal', '-']);
  });
});

describe('the table of all targets', () => {
  it('has a row for each, and says of which nothing was measured', () => {
    const report = wantedReport({ bulk: { figure: 6000, told: '6,000/s' } });
    expect(report.split('\n')).toHaveLength(2 + Object.keys(wanted).length);
    expect(rowOf(report, wanted.bulk.what).slice(4, 7)).toEqual(['6,000/s', '1.20 of the must', 'must']);
    expect(rowOf(report, wanted.idleMemory.what).slice(4, 7)).toEqual(['', '-', 'NOT MEASURED']);
    expect(report.match(/NOT MEASURED/g)).toHaveLength(Object.keys(wanted).length - 1);
  });
});

describe('rounds of starts', () => {
  const slow = [round('limit', 64, { startsPerSecond: 1000 }), round('gateway', 64, { startsPerSecond: 400 })];
  const fast = [round('limit', 64, { startsPerSecond: 4000 }), round('gateway', 64, { startsPerSecond: 2000 })];
  const uneven = [round('limit', 64, { startsPerSecond: 3000 }), round('gateway', 64, { startsPerSecond: 2400 })];

  it('are compared each within itself', () => {
    expect(startFigures([slow, fast, uneven]).toLimitAt64?.figure).toBe(0.5);
  });

  it('add to the limit what the gateway takes more at one caller', () => {
    const one = [round('limit', 1, { p50Ms: 6.5 }), round('gateway', 1, { p50Ms: 8 })];
    expect(startFigures([one]).addedP50?.figure).toBe(1.5);
  });

  it('show the most memory of any, under 64 callers', () => {
    const held = [180, 210, 190].map((residentMiB) => [round('gateway', 64, { residentMiB })]);
    const more = [round('gateway', 256, { residentMiB: 260 })];
    expect(startFigures([...held, more]).loadedMemory?.figure).toBe(210);
  });

  it('tell nothing of callers that were not there', () => {
    const report = wantedReport(startFigures([slow]));
    expect(rowOf(report, wanted.toLimitAt64.what).at(-2)).toBe('NO');
    for (const { what } of [wanted.toLimitAt16, wanted.toNestAt64, wanted.addedP50, wanted.loadedMemory]) {
      expect(rowOf(report, what).at(-2)).toBe('NOT MEASURED');
    }
  });
});

describe('Node-RED, which is no part of the project', () => {
  const both = [round('limit', 64, { startsPerSecond: 3000 }), round('gateway', 64, { startsPerSecond: 1800 })];

  it('is a target where somebody installed it', () => {
    const report = wantedReport(startFigures([[...both, round('node-red', 64, { startsPerSecond: 1200 })]]));
    expect(rowOf(report, wanted.toNodeRedAt64.what).slice(4, 7)).toEqual(['1,800/s to 1,200/s', '× 1.50', 'must']);
  });

  it('was not measured otherwise, and its rows say what it takes', () => {
    const report = wantedReport(startFigures([both]));
    for (const { what } of [wanted.toNodeRedAt16, wanted.toNodeRedAt64]) {
      expect(rowOf(report, what).slice(4, 7)).toEqual(['needs --node-red DIR', '-', 'NOT MEASURED']);
    }
  });
});

describe('lists that were measured before', () => {
  const kept = { at: '2026-11-22T09:00:00.000Z', times: 100, sizes: [10_000, 10_000_000] };

  it('are as good as the filter that suffers most, pairs of filters aside', () => {
    const p99 = { 'state=failed': [2, 3], 'tag=rare': [2, 5], 'state=failed&tag=rare': [2, 50] };
    const { figure, told } = worst({ ...kept, p99 });
    expect(figure).toBe(2.5);
    expect(told).toContain('tag=rare');
  });

  it('say nothing where ten million rows were not among them', () => {
    const { figure, told } = worst({ ...kept, sizes: [10_000, 1_000_000], p99: { 'state=failed': [2, 3] } });
    expect(figure).toBeNull();
    expect(told).toContain('1,000,000');
  });
});
