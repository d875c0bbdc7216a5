import { valueFault, type Fault } from '../lib/fault.js';
import { isJsonObject } from '../lib/json.js';
import { inputSchemaOf, type Definition } from '../platforms/definition.js';

/** Which of these names a definition does not have: a slip would leave the right one in clear. */
export function unknownNames(definition: Definition, names: readonly string[], marked: readonly string[]): Fault[] {
  const { properties } = inputSchemaOf(definition);
  const inputs = isJsonObject(properties) ? Object.keys(properties) : [];
  const known = new Set([...inputs, ...definition.outputs.map(({ name }) => name), ...marked]);
  return names.flatMap((name, at) =>
    known.has(name)
      ? []
      : [valueFault(`/sensitive/${at}`, 'unknown-variable', 'The definition has no variable or output of this name.')],
  );
}
