/** A JSON object that is not parsed yet. */
type Unparsed = Readonly<Record<string, unknown>>;

/** An object after a JSON merge patch (RFC 7396): `null` removes, objects merge, everything else replaces. */
export function mergePatch(target: Unparsed, patch: Unparsed): Unparsed {
  const kept = Object.entries(target).filter(([name]) => !Object.hasOwn(patch, name));
  const given = Object.entries(patch)
    .filter(([, value]) => value !== null)
    .map(([name, value]) => [name, merged(Object.hasOwn(target, name) ? target[name] : undefined, value)] as const);
  return Object.fromEntries([...kept, ...given]);
}

function merged(before: unknown, value: unknown): unknown {
  if (!isObject(value)) return value;
  return mergePatch(isObject(before) ? before : {}, value);
}

function isObject(value: unknown): value is Unparsed {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
