import type { StartOrder } from '../platforms/run.js';
import type { ProcessInput } from './process.js';

/** A process as the order that its platform gets; with the run id that may be offered. */
export function orderOf(process: ProcessInput): StartOrder {
  const { definition, subject, variables, results, options, runId, spec } = process;
  return { processId: process.id, definition, subject, variables, results, options, runId, spec };
}
