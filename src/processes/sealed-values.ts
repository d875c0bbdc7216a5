import { isJsonObject, jsonIn, type JsonObject } from '../lib/json.js';
import type { SealedPlace, SecretBox } from '../lib/secret-box.js';
import type { StartOrder } from '../platforms/run.js';
import { hidden } from './hidden.js';
import type { Operation } from './operation.js';
import { orderOf } from './order.js';
import type { ProcessInput } from './process.js';

/** Variables of a start in the form in which they are kept. */
export type KeptVariables = Pick<ProcessInput, 'variables' | 'sensitive' | 'sealedVariables'>;

/** Seals what is shown to nobody, and opens it for what is sent to the platform. */
export class SealedValues {
  constructor(private readonly box: SecretBox) {}

  /**
   * @param names  of what is shown to nobody
   * @param shown  the variables as their platform shows them; the same object where it hides nothing
   */
  kept(processId: string, variables: JsonObject, names: readonly string[], shown: JsonObject): KeptVariables {
    const masked = hidden(shown, names);
    const sensitive = names.length > 0 ? names : null;
    if (masked === variables) return { variables, sensitive, sealedVariables: null };
    return { variables: masked, sensitive, sealedVariables: this.#sealed(variables, ofProcess(processId)) };
  }

  /** The variables of a process as they are sent. @throws SealBroken  its key is gone, or the row was tampered with */
  open({
    id,
    variables,
    sealedVariables = null,
  }: Pick<ProcessInput, 'id' | 'variables' | 'sealedVariables'>): JsonObject {
    return sealedVariables === null ? variables : this.#opened(sealedVariables, ofProcess(id));
  }

  /** The order that a platform gets. @throws SealBroken */
  orderOf(process: ProcessInput): StartOrder {
    return orderOf(process, this.open(process));
  }

  /** A command on a process with what its input gives to sensitive variables sealed. */
  keptInput(
    operationId: string,
    input: JsonObject,
    names: readonly string[] | null,
  ): Pick<Operation, 'input' | 'sealedInput'> {
    const shown = Object.fromEntries(
      Object.entries(input).map(([name, value]) => [name, isJsonObject(value) ? hidden(value, names) : value] as const),
    );
    const isSame = Object.entries(shown).every(([name, value]) => value === input[name]);
    if (isSame) return { input };
    return { input: shown, sealedInput: this.#sealed(input, ofOperation(operationId)) };
  }

  /** An operation with its input as it is sent. @throws SealBroken */
  opened(operation: Operation): Operation {
    const { sealedInput = null } = operation;
    return sealedInput === null
      ? operation
      : { ...operation, input: this.#opened(sealedInput, ofOperation(operation.id)) };
  }

  #sealed(values: JsonObject, place: SealedPlace): string {
    return this.box.seal(JSON.stringify(values), place).toString('base64');
  }

  #opened(sealed: string, place: SealedPlace): JsonObject {
    const values = jsonIn(this.box.open(Buffer.from(sealed, 'base64'), place));
    if (!isJsonObject(values))
      throw new Error(`What is sealed in ${place.table}.${place.column} of ${place.row} is no object`);
    return values;
  }
}

/** Where the sealed variables of a process lie. */
export function ofProcess(processId: string): SealedPlace {
  return { table: 'processes', row: processId, column: 'sealed_variables' };
}

/** Where the sealed input of a command lies. */
function ofOperation(operationId: string): SealedPlace {
  return { table: 'operations', row: operationId, column: 'sealed_input' };
}
