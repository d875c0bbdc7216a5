import { pointerTo, shapeFault, valueFault, type Fault } from '../lib/fault.js';

const maxMetadataEntries = 50;
const maxTextLength = 255;

/**
 * What is wrong in the parts of a start whose form depends on what is in them: definition, subject, metadata, and the
 * time to start, which can be said in two ways.
 */
export function startFaults(start: Readonly<Record<string, unknown>>): Fault[] {
  const { definition, subject, metadata } = start;
  return [
    ...(definition === undefined ? [] : identifierFaults(definition, '/definition')),
    ...(isObject(subject) ? subjectFaults(subject) : []),
    ...(isObject(metadata) ? metadataFaults(metadata) : []),
    ...timeFaults(start),
  ];
}

function timeFaults({ startBefore, startWithinSeconds }: Readonly<Record<string, unknown>>): Fault[] {
  if (startBefore === undefined || startWithinSeconds === undefined) return [];
  return ['/startBefore', '/startWithinSeconds'].map((pointer) =>
    valueFault(pointer, 'ambiguous', 'Send either startBefore or startWithinSeconds, not both.'),
  );
}

/** The identifier as text: callers may send numbers. */
export function identifierText(identifier: string | number): string {
  return String(identifier);
}

/** What is wrong with a name that may be a text or an integer. */
export function identifierFaults(value: unknown, pointer: string): Fault[] {
  if (typeof value === 'number' && Number.isInteger(value)) return [];
  if (typeof value !== 'string') return [shapeFault(pointer, 'wrong-type', 'Send a JSON string or an integer here.')];
  return textFaults(value, pointer);
}

function textFaults(value: string, pointer: string): Fault[] {
  if (value === '') return [valueFault(pointer, 'too-short', 'This must not be empty.')];
  return value.length > maxTextLength
    ? [valueFault(pointer, 'too-long', `This may have at most ${maxTextLength} characters.`)]
    : [];
}

function subjectFaults(subject: Readonly<Record<string, unknown>>): Fault[] {
  const unknown = Object.keys(subject)
    .filter((key) => !['type', 'id', 'native'].includes(key))
    .map((key) => shapeFault(pointerTo('subject', key), 'unknown-field', 'There is no such field here; remove it.'));
  const { type, id, native } = subject;
  if (native !== undefined) {
    const both = type !== undefined || id !== undefined;
    const extra = both ? [valueFault('/subject', 'ambiguous', 'Send either type and id, or native.')] : [];
    return [...unknown, ...nativeFaults(native), ...extra];
  }
  return [
    ...unknown,
    ...typeFaults(type),
    ...(id === undefined ? [missing('/subject/id')] : identifierFaults(id, '/subject/id')),
  ];
}

function typeFaults(type: unknown): Fault[] {
  if (type === undefined) return [missing('/subject/type')];
  if (typeof type !== 'string') return [shapeFault('/subject/type', 'wrong-type', 'Send a JSON string here.')];
  return textFaults(type, '/subject/type');
}

function nativeFaults(native: unknown): Fault[] {
  if (!Array.isArray(native)) return [shapeFault('/subject/native', 'wrong-type', 'Send a JSON array here.')];
  if (native.length === 0 || native.length > 10) {
    return [valueFault('/subject/native', 'out-of-range', 'Send 1 to 10 texts, as the platform names the document.')];
  }
  return native.flatMap((part: unknown, at) => {
    const pointer = pointerTo('subject', 'native', at);
    return typeof part === 'string'
      ? textFaults(part, pointer)
      : [shapeFault(pointer, 'wrong-type', 'Send a JSON string here.')];
  });
}

function metadataFaults(metadata: Readonly<Record<string, unknown>>): Fault[] {
  const entries = Object.entries(metadata);
  const many = entries.length > maxMetadataEntries;
  return [
    ...(many ? [valueFault('/metadata', 'too-many', `At most ${maxMetadataEntries} entries are kept.`)] : []),
    ...entries.flatMap(([key, value]) => {
      const pointer = pointerTo('metadata', key);
      if (typeof value !== 'string') return [shapeFault(pointer, 'wrong-type', 'Send a JSON string here.')];
      return value.length > maxTextLength || key.length > maxTextLength
        ? [valueFault(pointer, 'too-long', `Keys and values may have at most ${maxTextLength} characters.`)]
        : [];
    }),
  ];
}

function missing(pointer: string): Fault {
  return valueFault(pointer, 'required', 'This field is required.');
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
