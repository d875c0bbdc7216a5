import { describe, expect, it } from '@jest/globals';
import { Readiness } from '../../src/http/readiness.js';

/** A database that answers when it is told to, and a clock that stands until it is moved. */
class Room {
  nowMs = 0;
  asked = 0;
  readonly #waiting: ((answers: boolean) => void)[] = [];
  readonly readiness = new Readiness(
    () => {
      this.asked += 1;
      return new Promise<boolean>((resolve) => this.#waiting.push(resolve));
    },
    () => this.nowMs,
  );

  look(): ReturnType<Readiness['look']> {
    return this.readiness.look();
  }

  answer(answers: boolean): void {
    for (const resolve of this.#waiting.splice(0)) resolve(answers);
  }

  /** Whose database has answered at 0 ms. */
  static async thatWasReady(): Promise<Room> {
    const room = new Room();
    const look = room.look();
    room.answer(true);
    await look;
    return room;
  }
}

describe('a database that answers', () => {
  it('is asked again after one second, and not before', async () => {
    const room = await Room.thatWasReady();
    room.nowMs = 999;
    expect(await room.look()).toBe('ready');
    expect(room.asked).toBe(1);
    room.nowMs = 1000;
    const look = room.look();
    expect(room.asked).toBe(2);
    room.answer(true);
    expect(await look).toBe('ready');
  });

  it('is asked once for all who look meanwhile', async () => {
    const room = new Room();
    const looks = [room.look(), room.look(), room.look()];
    room.answer(true);
    expect(await Promise.all(looks)).toEqual(['ready', 'ready', 'ready']);
    expect(room.asked).toBe(1);
  });
});

describe('a database that is slow', () => {
  it('is not gone while its last answer is younger than five seconds', async () => {
    const room = await Room.thatWasReady();
    room.nowMs = 4999;
    expect(await room.look()).toBe('ready');
  });

  it('is gone once that is five seconds old', async () => {
    const room = await Room.thatWasReady();
    room.nowMs = 5000;
    expect(await room.look()).toBe('no-database');
  });

  it('is there again with the answer that came late', async () => {
    const room = await Room.thatWasReady();
    room.nowMs = 5000;
    expect(await room.look()).toBe('no-database');
    room.answer(true);
    expect(await room.look()).toBe('ready');
    expect(room.asked).toBe(2);
  });

  it('is not there before it has answered once', async () => {
    expect(await new Room().look()).toBe('no-database');
  });
});

describe('a database that says it cannot', () => {
  it('is gone at once, however young its last answer', async () => {
    const room = await Room.thatWasReady();
    room.nowMs = 1000;
    const look = room.look();
    room.answer(false);
    expect(await look).toBe('no-database');
    const next = room.look();
    room.answer(false);
    expect(await next).toBe('no-database');
  });
});

describe('a replica that stops', () => {
  it('is not ready, and asks nobody', async () => {
    const room = await Room.thatWasReady();
    room.readiness.stop();
    expect(await room.look()).toBe('stopping');
    expect(room.asked).toBe(1);
  });
});
