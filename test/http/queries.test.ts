import 'reflect-metadata';
import { cursorOf, positionOf, uuidForm } from '../../src/http/cursor.js';
import { MalformedQuery } from '../../src/http/door.errors.js';
import { ListQuery } from '../../src/http/list-query.js';
import {
  QueryFlag,
  QueryText,
  QueryTexts,
  QueryTime,
  QueryWords,
  readQueryAs,
  timeIn,
} from '../../src/http/query-field.js';
import { readQuery } from '../../src/http/query-string.js';

class SampleQuery extends ListQuery {
  @QueryWords(['queued', 'running'], 'State.')
  readonly state?: readonly string[];

  @QueryTexts('Tag.')
  readonly tag?: readonly string[];

  @QueryFlag('Incident.')
  readonly hasIncident?: boolean;

  @QueryTime('Created after.')
  readonly createdAfter?: Date;
}

const read = (query: string): SampleQuery => readQueryAs(SampleQuery, readQuery(`/v1/things?${query}`));

function faultsOf(query: string): string[] {
  try {
    read(query);
  } catch (error) {
    if (error instanceof MalformedQuery) return error.parameters.map(({ parameter, code }) => `${parameter} ${code}`);
    throw error;
  }
  return [];
}

describe('a query', () => {
  it('has defaults for what it does not say', () => {
    expect(read('')).toMatchObject({ limit: 50, cursor: undefined, state: undefined });
  });

  it('is read into true types', () => {
    expect(
      read('limit=200&state=queued&state=running&tag=a%2Cb&hasIncident=false&createdAfter=2026-11-21T09:30:00%2B03:00'),
    ).toMatchObject({
      limit: 200,
      state: ['queued', 'running'],
      tag: ['a,b'],
      hasIncident: false,
      createdAfter: new Date('2026-11-21T06:30:00Z'),
    });
  });

  it.each([
    ['limit=0', 'limit invalid'],
    ['limit=201', 'limit invalid'],
    ['limit=1e2', 'limit invalid'],
    ['limit=010', 'limit invalid'],
    ['limit=', 'limit invalid'],
    ['limit=5&limit=6', 'limit repeated'],
    ['state=unheard', 'state invalid'],
    ['state[]=queued', 'state[] unknown-parameter'],
    ['state%5Bx%5D=queued', 'state[x] unknown-parameter'],
    ['hasIncident=1', 'hasIncident invalid'],
    ['createdAfter=2026-02-30T00:00:00Z', 'createdAfter invalid'],
    ['createdAfter=infinity', 'createdAfter invalid'],
    ['createdAfter=2026-11-21', 'createdAfter invalid'],
    ['__proto__=1', '__proto__ unknown-parameter'],
    ['tag=%zz', 'tag unreadable'],
    ['tag=%ED%A0%80', 'tag unreadable'],
    ['tag=a%00b', 'tag unreadable'],
  ])('%s is refused', (query, fault) => {
    expect(faultsOf(query)).toEqual([fault]);
  });

  it('is refused with all its faults', () => {
    expect(faultsOf('limit=x&colour=red&hasIncident=maybe')).toEqual([
      'limit invalid',
      'colour unknown-parameter',
      'hasIncident invalid',
    ]);
  });
});

describe('a time', () => {
  it.each(['2026-11-21T09:30:00Z', '2024-02-29t23:59:59.123456z', '9999-12-31T23:59:59-23:59'])('%s is one', (text) => {
    expect(timeIn(text)).toBeInstanceOf(Date);
  });

  it.each([
    '2025-02-29T00:00:00Z',
    '2026-11-21T24:30:00Z',
    '2026-11-21T09:30:60Z',
    '0000-01-01T00:00:00Z',
    '2026-11-21 09:30:00Z',
    'now',
  ])('%s is none', (text) => {
    expect(timeIn(text)).toBeNull();
  });
});

describe('a cursor', () => {
  const id = '01994f0e-0000-7000-8000-000000000000';

  it('gives back the position that it was made of, to its own list only', () => {
    const cursor = cursorOf('processes', [id]);
    expect(positionOf(cursor, 'processes', [uuidForm])).toEqual([id]);
    expect(positionOf(undefined, 'processes', [uuidForm])).toBeNull();
    expect(() => positionOf(cursor, 'clients', [uuidForm])).toThrow(MalformedQuery);
  });

  it.each(['', 'x', 'bnVsbA', 'W10', cursorOf('processes', ["' or 1=1"]), cursorOf('processes', [id, id]), '%00'])(
    '%j is unreadable',
    (cursor) => {
      expect(() => positionOf(cursor, 'processes', [uuidForm])).toThrow(MalformedQuery);
    },
  );
});

describe('a parameter that is required', () => {
  class KeyQuery {
    @QueryText('Key.', { required: true })
    readonly key?: string;
  }

  it('is missed where it is not sent, beside the other faults', () => {
    const parameters = [
      expect.objectContaining({ parameter: 'other', code: 'unknown-parameter' }),
      expect.objectContaining({ parameter: 'key', code: 'required' }),
    ];
    expect(() => readQueryAs(KeyQuery, readQuery('/v1/things?other=1'))).toThrow(
      expect.objectContaining({ parameters }),
    );
  });

  it('is read where it is sent', () => {
    expect(readQueryAs(KeyQuery, readQuery('/v1/things?key=a')).key).toBe('a');
  });
});
