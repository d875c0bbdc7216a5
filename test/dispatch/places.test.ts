import { Places } from '../../src/dispatch/places.js';
import type { Portal } from '../../src/connections/portals.js';
import { aPortal } from './engine.js';

function portal(key: string, maxInFlight: number): Portal {
  return aPortal({ key, limits: { maxInFlight } });
}

describe('the places of a connection', () => {
  it('are as many as its maxInFlight', () => {
    const places = new Places();
    const sales = portal('sales', 2);

    expect([places.take(sales), places.take(sales), places.take(sales)].map((place) => place !== null)).toEqual([
      true,
      true,
      false,
    ]);
    expect(places.free(sales)).toBe(0);
  });

  it('are free again when they are released', () => {
    const places = new Places();
    const sales = portal('sales', 1);
    places.take(sales)?.release();

    expect(places.take(sales)).not.toBeNull();
  });

  it('are released once each, however often it is said', () => {
    const places = new Places();
    const sales = portal('sales', 2);
    const first = places.take(sales);
    places.take(sales);
    first?.release();
    first?.release();

    expect(places.free(sales)).toBe(1);
  });

  it('are its own', () => {
    const places = new Places();
    places.take(portal('sales', 1));

    expect(places.free(portal('other', 1))).toBe(1);
  });

  it('are never fewer than none where the limit was lowered meanwhile', () => {
    const places = new Places();
    places.take(portal('sales', 2));
    places.take(portal('sales', 2));

    expect(places.free(portal('sales', 1))).toBe(0);
    expect(places.take(portal('sales', 1))).toBeNull();
  });
});
