import {
  differencesOf,
  remember,
  type Mark,
  type RecordedMark,
  type Remembered,
  type Seen,
} from '../../src/storage/database-mark.js';

const mark: Mark = { systemIdentifier: '77', timeline: '00000001', databaseOid: '5', tableOid: '16384' };
const recorded: RecordedMark = { ...mark, notedAt: 1_000n };
const same: Seen = { mark, recorded, position: 500n, flushed: 500n };
const remembered: Remembered = { notedAt: 1_000n, flushed: 500n };

const whatDiffers = (seen: Partial<Seen>, kept: Partial<Remembered> | null = {}): readonly string[] =>
  differencesOf({ ...same, ...seen }, kept && { ...remembered, ...kept }).map(({ of }) => of);

describe('a database', () => {
  it('is the one of before where nothing has changed and its log has not gone back', () => {
    expect(whatDiffers({})).toEqual([]);
    expect(whatDiffers({}, null)).toEqual([]);
    expect(whatDiffers({ position: 501n })).toEqual([]);
  });

  it.each<[string, Partial<Mark>]>([
    ['system identifier', { systemIdentifier: '78' }],
    ['timeline', { timeline: '00000002' }],
    ['database', { databaseOid: '6' }],
    ['table', { tableOid: '16385' }],
  ])('is another one where its %s is', (of, changed) => {
    expect(whatDiffers({ mark: { ...mark, ...changed } })).toEqual([of]);
  });

  it('is judged by what could be asked, then and now', () => {
    expect(whatDiffers({ mark: { ...mark, systemIdentifier: null, timeline: null } })).toEqual([]);
    expect(whatDiffers({ recorded: { ...recorded, systemIdentifier: null, timeline: null } })).toEqual([]);
    expect(whatDiffers({ position: null })).toEqual([]);
    expect(whatDiffers({}, { flushed: null })).toEqual([]);
  });

  it('is an older one where its log stands before what this replica has seen on disk', () => {
    expect(whatDiffers({ position: 499n })).toEqual(['position']);
  });

  it('is an older one where its mark is older than the one that this replica has read', () => {
    expect(whatDiffers({ position: 900n }, { notedAt: 1_001n })).toEqual(['mark']);
  });

  it('is an older one where its mark is gone', () => {
    expect(whatDiffers({ recorded: null })).toEqual(['mark']);
  });

  it('is met for the first time where nobody has seen a mark', () => {
    expect(whatDiffers({ recorded: null }, null)).toEqual([]);
  });

  it('was noticed already where its mark was noted since', () => {
    expect(whatDiffers({ position: 1n }, { notedAt: 999n })).toEqual([]);
  });
});

describe('what a replica keeps', () => {
  it('is the highest position while the mark stays', () => {
    expect(remember(recorded, 600n, remembered)).toEqual({ notedAt: 1_000n, flushed: 600n });
    expect(remember(recorded, 400n, remembered)).toEqual(remembered);
    expect(remember(recorded, null, remembered)).toEqual(remembered);
  });

  it('begins again with a mark that was noted since', () => {
    expect(remember(recorded, 1n, { notedAt: 999n, flushed: 500n })).toEqual({ notedAt: 1_000n, flushed: 1n });
  });

  it('is not taken back by a look that comes late', () => {
    expect(remember(recorded, 9_000n, { notedAt: 1_001n, flushed: 1n })).toEqual({ notedAt: 1_001n, flushed: 1n });
  });
});
