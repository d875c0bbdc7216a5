import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { Opening } from '../../src/dispatch/gate.js';
import { Rush } from '../../src/dispatch/rush.js';
import { until } from '../until.js';
import { aPortal } from './engine.js';

let nowMs: number;
let rush: Rush;

beforeEach(() => {
  nowMs = 1_000_000;
  rush = new Rush(() => nowMs);
});

afterEach(() => rush.end());

describe('Starts that nobody waits for', () => {
  it('are a rush when sixteen of them are under way at once, and not before', () => {
    come(15);
    expect(rush.isOn).toBe(false);
    come(1);
    expect(rush.isOn).toBe(true);
  });

  it('are none one after the other, however many', () => {
    for (let one = 0; one < 100; one += 1) rush.comes()();
    expect(rush.isOn).toBe(false);
  });

  it('are a rush for a moment after they were accepted', () => {
    const accepted = come(16);
    for (const one of accepted) one();
    nowMs += 99;
    expect(rush.isOn).toBe(true);
    nowMs += 1;
    expect(rush.isOn).toBe(false);
  });

  it('have the right of way for ten seconds, and again after a second without a rush', () => {
    come(16);
    for (; nowMs < 1_009_950; nowMs += 50) come(1);
    expect(rush.isOn).toBe(true);
    nowMs += 50;
    come(1);
    expect(rush.isOn).toBe(false);
    nowMs += 1001;
    come(1);
    expect(rush.isOn).toBe(true);
  });
});

describe('What may be claimed in a rush', () => {
  const openings: readonly Opening[] = ['north', 'south', 'west'].map((key) => ({
    portal: aPortal({ key }),
    starts: 3,
    requests: 3,
    commands: 7,
    isProbe: false,
  }));

  it('are five starts, those of one connection after those of another, and every command', () => {
    come(16);
    expect(rush.paced(openings).map(({ starts, commands }) => [starts, commands])).toEqual([
      [3, 7],
      [2, 7],
      [0, 7],
    ]);
  });

  it('is all there is room for without one', () => {
    expect(rush.paced(openings)).toEqual(openings);
  });
});

describe('Whoever wants the queue looked at', () => {
  it('has it done at once without a rush', () => {
    let looks = 0;
    for (let one = 0; one < 3; one += 1) rush.look(() => void (looks += 1));
    expect(looks).toBe(3);
  });

  it('shares a look in a rush', async () => {
    let looks = 0;
    come(16);
    for (let one = 0; one < 3; one += 1) rush.look(() => void (looks += 1));
    expect(looks).toBe(0);
    await until(() => looks, 'the look that they share');
    expect(looks).toBe(1);
  });
});

function come(many: number): readonly (() => void)[] {
  return Array.from({ length: many }, () => rush.comes());
}
