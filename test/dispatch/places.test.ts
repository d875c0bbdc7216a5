import { Places } from '../../src/dispatch/places.js';
import type { Portal } from '../../src/connections/portals.js';
import { aPlatform, aPortal } from './engine.js';

function portal(key: string, maxInFlight: number): Portal {
  return aPortal({ key, limits: { maxInFlight } });
}

describe('the places of a connection', () => {
  it('are as many as its maxInFlight', () => {
    const places = new Places();
    const sales = portal('sales', 2);

    expect(
      [places.take(sales, 'command'), places.take(sales, 'command'), places.take(sales, 'command')].map(
        (place) => place !== null,
      ),
    ).toEqual([true, true, false]);
    expect(places.free(sales)).toEqual({ starts: 0, commands: 0 });
  });

  it('are free again when they are released', () => {
    const places = new Places();
    const sales = portal('sales', 1);
    places.take(sales, 'command')?.release();

    expect(places.take(sales, 'command')).not.toBeNull();
  });

  it('are released once each, however often it is said', () => {
    const places = new Places();
    const sales = portal('sales', 2);
    const first = places.take(sales, 'command');
    places.take(sales, 'command');
    first?.release();
    first?.release();

    expect(places.free(sales)).toEqual({ starts: 1, commands: 1 });
  });

  it('are its own', () => {
    const places = new Places();
    places.take(portal('sales', 1), 'command');

    expect(places.free(portal('other', 1))).toEqual({ starts: 1, commands: 1 });
  });

  it('are never fewer than none where the limit was lowered meanwhile', () => {
    const places = new Places();
    places.take(portal('sales', 2), 'command');
    places.take(portal('sales', 2), 'command');

    expect(places.free(portal('sales', 1))).toEqual({ starts: 0, commands: 0 });
    expect(places.take(portal('sales', 1), 'command')).toBeNull();
  });

  it.each([
    [1, 1],
    [2, 1],
    [10, 9],
    [19, 18],
    [30, 27],
  ])('are %i, of which starts take %i', (maxInFlight, starts) => {
    expect(new Places().free(portal('sales', maxInFlight))).toEqual({ starts, commands: maxInFlight });
  });

  it('are left to commands when starts have taken theirs', () => {
    const places = new Places();
    const sales = portal('sales', 2);
    places.take(sales, 'start');

    expect(places.take(sales, 'start')).toBeNull();
    expect(places.take(sales, 'command')).not.toBeNull();
  });

  it.each([
    [4, 4],
    [9, 9],
    [20, 9],
  ])('are taken by no more starts than the portal works on at once: %i', (requestsAtOnce, starts) => {
    const sales = { ...portal('sales', 10), platform: { ...aPlatform(), requestsAtOnce } };

    expect(new Places().free(sales)).toEqual({ starts, commands: 10 });
  });
});
