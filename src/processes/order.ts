import type { JsonObject } from '../lib/json.js';
import type { StartOrder } from '../platforms/run.js';
import type { ProcessInput } from './process.js';

/** A process as the order that its platform gets. */
export type OrderOf = (process: ProcessInput) => StartOrder;

/**
 * A process as the order that its platform gets; with the run id that may be offered.
 *
 * @param variables  as they are sent; by default as they are shown, which does for what asks for no value
 */
export function orderOf(process: ProcessInput, variables: JsonObject = process.variables): StartOrder {
  const { definition, subject, results, options, runId, spec } = process;
  return { processId: process.id, definition, subject, variables, results, options, runId, spec };
}
