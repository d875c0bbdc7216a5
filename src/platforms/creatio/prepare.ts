import { pointerTo, shapeFault, valueFault, type Fault } from '../../lib/fault.js';
import type { Definition } from '../definition.js';
import type { Prepared, StartRequest } from '../run.js';
import { encodeVariables } from '../variables.js';
import { startWithOf, type StartWith } from './start.js';
import { encoders, scalarText } from './encoders.js';

/** Checks a start against what its process takes; see `Platform.prepare`. */
export function prepareStart(request: StartRequest, definition: Definition | null, usual: StartWith): Prepared {
  const known = definition?.outline ? null : definition;
  const startWith = startWithOf(request, usual);
  const faults = [
    ...subjectFaults(request),
    ...encodeVariables(known?.parameters ?? null, request.variables, encoders, scalarText).faults,
    ...(known ? [] : listFaults(request)),
    ...optionFaults(request),
    ...resultFaults(request, known),
    ...(startWith === 'Execute' ? executeFaults(request) : []),
  ];
  return { faults, unsupported: null, subject: null, inputChecked: known !== null };
}

function subjectFaults({ subject }: StartRequest): Fault[] {
  return subject === null
    ? []
    : [valueFault('/subject', 'not-taken', 'A Creatio process has no subject; pass the record in a variable.')];
}

function listFaults({ variables }: StartRequest): Fault[] {
  return Object.entries(variables).flatMap(([name, value]) =>
    Array.isArray(value)
      ? [
          valueFault(
            pointerTo('variables', name),
            'wrong-value',
            'Creatio takes no lists, only collections of objects.',
          ),
        ]
      : [],
  );
}

function optionFaults({ options }: StartRequest): Fault[] {
  return Object.entries(options).flatMap(([name, value]) => {
    const pointer = pointerTo('options', name);
    if (name !== 'startWith') return [shapeFault(pointer, 'unknown-field', 'The only option is startWith.')];
    if (typeof value !== 'string') return [shapeFault(pointer, 'wrong-type', 'Send a JSON string here.')];
    if (value === 'RunProcess' || value === 'Execute') return [];
    return [valueFault(pointer, 'invalid', 'Choose "RunProcess" or "Execute".')];
  });
}

function resultFaults({ results }: StartRequest, definition: Definition | null): Fault[] {
  if (!definition) return [];
  const names = definition.outputs.map(({ name }) => name);
  return results.flatMap((result, index) =>
    names.includes(result)
      ? []
      : [
          valueFault(
            pointerTo('results', index),
            'unknown-output',
            `The process has no such output; it has: ${names.join(', ') || 'none'}.`,
          ),
        ],
  );
}

function executeFaults({ results, variables }: StartRequest): Fault[] {
  const several = valueFault('/results', 'too-many', 'Execute gives at most one result; use RunProcess for several.');
  const reserved = valueFault(
    '/variables/ResultParameterName',
    'reserved',
    'Execute uses this name itself; start with RunProcess.',
  );
  return [...(results.length > 1 ? [several] : []), ...('ResultParameterName' in variables ? [reserved] : [])];
}
