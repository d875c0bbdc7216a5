import { branchesOf, type Index } from './list-branches.js';
import type { Way } from './list-statement.js';

/** Filters by value, from what few processes have to what many have. */
export const keys = [
  'businessKey',
  'subjectId',
  'tag',
  'state',
  'createdBy',
  'client',
  'definition',
  'connection',
  'subjectType',
  'platform',
] as const;

export type Key = (typeof keys)[number];

/** The values that a list asks for. */
export type Wanted = Readonly<Partial<Record<Key, readonly string[]>>>;

interface KnownIndex extends Index {
  /** Which filter each of its columns is of. */
  readonly by: readonly Key[];
  /** Filters without which it leads nowhere, or another index leads there as well. */
  readonly needs: readonly Key[];
  /** The same, where one of them is enough. */
  readonly oneOf?: readonly Key[];
}

export const columnsOf: Readonly<Record<Key, string>> = {
  businessKey: 'p.business_key',
  subjectId: 'p.subject_id',
  subjectType: 'p.subject_type',
  tag: 't.tag',
  state: 'p.state',
  createdBy: 'p.created_by',
  client: 'p.client_id',
  definition: 'p.definition',
  connection: 'p.connection',
  platform: 'p.platform',
};

/** As the predicates of the indexes say. */
const omitsStarting = `p.state <> 'starting'`;

const of = (by: readonly Key[], its: Partial<Omit<KnownIndex, 'by' | 'columns'>> = {}): KnownIndex => ({
  by,
  needs: by.slice(0, 1),
  table: 'processes p',
  columns: by.map((key) => columnsOf[key]),
  id: 'p.id',
  ...its,
});

/** An index that no start is written into while it is being sent: those are found by their operations. */
const started = (by: readonly Key[], its: Partial<Omit<KnownIndex, 'by' | 'columns'>> = {}): KnownIndex =>
  of(by, { where: omitsStarting, omitsStarting: true, ...its });

const ofTags = ['t.tag', 't.connection'];

/** The indexes of lists. What they are for: README.md, "Lists". */
const indexes: readonly KnownIndex[] = [
  of(['businessKey'], { where: 'p.business_key is not null' }),
  of(['subjectId'], { where: 'p.subject_id is not null' }),
  { ...of(['tag', 'connection'], { table: 'process_tags t', isOther: true, id: 't.process_id' }), columns: ofTags },
  started(['definition', 'connection']),
  started(['createdBy', 'client', 'connection'], { needs: [], oneOf: ['createdBy', 'client'] }),
  started(['subjectType', 'connection'], { where: `p.subject_type is not null and ${omitsStarting}` }),
  started(['connection', 'platform'], { needs: [], oneOf: ['connection', 'platform'] }),
  started(['state']),
  started(['state', 'connection', 'definition'], { oneOf: ['connection', 'definition'] }),
  started(['createdBy', 'client', 'state'], { needs: ['state'], oneOf: ['createdBy', 'client'] }),
];

/** Of these there may be millions, also among the newest. */
const common = ['running', 'completed', 'ended'];

/** Where states are common they are almost as many as all are. */
const rankOfCommon = keys.indexOf('platform') - 0.5;

/** In the order of the list itself. */
export const everything: Way = { index: of([]), branches: () => 'select', covers: [], rank: keys.length };

/** More ranges than this cost more than they save. */
const mostRanges = 500;

/** Every way that a list can go, the likeliest first. */
export function waysOf(wanted: Wanted): readonly Way[] {
  const ways = indexes.flatMap((index) => wayBy(index, wanted));
  return [...ways, everything].toSorted((one, other) => one.rank - other.rank);
}

function wayBy(index: KnownIndex, wanted: Wanted): Way[] {
  const { needs, oneOf } = index;
  if (!needs.every((key) => wanted[key]) || (oneOf && !oneOf.some((key) => wanted[key]))) return [];
  const covers = index.by.filter((key) => wanted[key]);
  const ranges = covers.reduce((product, key) => product * (wanted[key]?.length ?? 1), 1);
  if (ranges > mostRanges) return [];
  const branches = branchesOf(
    index,
    index.by.map((key) => (wanted[key] ? { type: typeOf(key), values: wanted[key] } : null)),
  );
  const copies = covers.includes('tag') ? (wanted.tag?.length ?? 1) : 1;
  return [{ index, branches, covers, rank: rankOf(index, covers, wanted.state ?? []), copies }];
}

export function typeOf(key: Key): string {
  return key === 'client' ? 'uuid' : 'text';
}

/** Of these an index has few beside a value of the column before. */
const few: readonly Key[] = ['createdBy', 'client', 'platform'];

/** What says two filters goes before what says one of them; where it has more ranges than are asked for it is the last. */
function rankOf({ by }: KnownIndex, covers: readonly Key[], states: readonly string[]): number {
  const isLoose = by.some((key) => !covers.includes(key) && !few.includes(key));
  if (covers.some((key) => key !== covers[0] && !few.includes(key)) && isLoose) return keys.length + 1;
  const isCommon = states.some((state) => common.includes(state));
  const ranks = covers.map((key) => (key === 'state' && isCommon ? rankOfCommon : keys.indexOf(key)));
  return Math.min(...ranks) - (covers.length - 1) / 4;
}
