import type { JsonObject } from '../../../lib/json.js';
import type { SimulatedAnswer } from '../../../lib/simulator.js';
import { html, json, stringXml } from './answers.js';
import type { RunLog } from './log.js';
import { runStatus, type SimulatedRun } from './simulated-run.js';
import type { SimulatedSwitches } from './switches.js';
import { schemaOf, type SimulatedSchema } from './schemas.js';

const emptyId = '00000000-0000-0000-0000-000000000000';
const slowMs = 3000;
const backgroundDelayMs = 300;

/** What a call of the engine did. */
export interface Turn {
  readonly answer: SimulatedAnswer;
  /** Whether a run was started or changed. */
  readonly executed: boolean;
  /** The session is void: nothing was executed, and the gate answers. */
  readonly isExpired?: true;
}

/** A start as both calls make it. */
export interface StartCall {
  readonly code: string;
  readonly inputs: Readonly<Record<string, string>>;
  readonly results: readonly string[];
  /** The contact of the caller. */
  readonly ownerId: string;
}

/** What an engine asks of its instance; `expired`: is the session to be void this time? */
interface Surroundings {
  readonly expired: () => boolean;
  readonly switches: SimulatedSwitches;
}

/** Starts processes as the engine of an instance does. */
export class Engine {
  constructor(
    private readonly log: RunLog,
    private readonly around: Surroundings,
  ) {}

  /** RunProcess: the id, the status and the outputs in JSON. */
  async runProcess(call: StartCall): Promise<Turn> {
    const schema = schemaOf(call.code);
    if (!schema) return refused('ItemNotFoundException', `Collection item with name ${call.code} not found.`);
    const unknown = call.results.find((name) => !schema.parameters.some((parameter) => parameter.name === name));
    if (unknown !== undefined) {
      return refused('ItemNotFoundException', `Collection item with name ${unknown} not found.`);
    }
    if (schema.isBackground && call.results.length === 0) {
      this.log.run(schema, ownRun(schema, call), backgroundDelayMs);
      return { answer: json(200, this.#outcome(null, [])), executed: true };
    }
    return this.#behave(
      schema,
      call,
      (run) => json(200, this.#outcome(run, call.results)),
      () => refused('ProcessCannotBeManuallyStartedException', 'The process has no simple start event.'),
    );
  }

  /** Execute: the value of one output in XML, whatever became of the run. */
  async execute(call: StartCall): Promise<Turn> {
    const schema = schemaOf(call.code);
    if (!schema) return { answer: html(500, 'Runtime Error'), executed: false };
    const asked = call.results[0];
    const valueOf = (run: SimulatedRun): SimulatedAnswer =>
      stringXml(asked === undefined ? '' : JSON.stringify(run.outputs[asked] ?? null));
    return this.#behave(schema, call, valueOf, () => ({ answer: html(500, 'Runtime Error'), executed: false }));
  }

  #outcome(run: SimulatedRun | null, results: readonly string[]): JsonObject {
    return outcome(run, results, this.around.switches.now.errorInfo);
  }

  async #behave(
    schema: SimulatedSchema,
    call: StartCall,
    answerOf: (run: SimulatedRun) => SimulatedAnswer,
    refuse: () => Turn,
  ): Promise<Turn> {
    const { behaviour } = schema;
    if (behaviour === 'refused') return refuse();
    if (behaviour === 'reset-before-executing') return { answer: { reset: true }, executed: false };
    if (behaviour === 'html-502') return { answer: html(502, 'Bad Gateway'), executed: false };
    if (behaviour === 'expired-session' && this.around.expired()) {
      return { answer: { status: 401, body: '' }, executed: false, isExpired: true };
    }
    // The log has its row when the call returns.
    const run = this.log.run(schema, ownRun(schema, call), behaviour === 'slow' ? slowMs : 0);
    if (behaviour === 'slow') await new Promise((resolve) => setTimeout(resolve, slowMs));
    if (behaviour === 'lost-answer-started') return { answer: { reset: true }, executed: true };
    const answer = answerOf(run);
    if (behaviour !== 'truncated-answer' || !('body' in answer)) return { answer, executed: true };
    return { answer: { ...answer, body: answer.body.slice(0, answer.body.length / 2) }, executed: true };
  }
}

/** With the inputs that the process has; others are ignored in silence. */
function ownRun(
  { parameters }: SimulatedSchema,
  { inputs, ownerId }: StartCall,
): Pick<SimulatedRun, 'inputs' | 'ownerId'> {
  const names = new Set(parameters.filter(({ direction }) => direction === 'in').map(({ name }) => name));
  return { ownerId, inputs: Object.fromEntries(Object.entries(inputs).filter(([name]) => names.has(name))) };
}

function refused(errorCode: string, message: string): Turn {
  const errorInfo = { errorCode, message, stackTrace: null };
  return { answer: json(200, { ...outcome(null, [], true), success: false, errorInfo }), executed: false };
}

function outcome(run: SimulatedRun | null, results: readonly string[], tellsErrors: boolean): JsonObject {
  const failed = tellsErrors && run?.status === runStatus.failed;
  const message = 'An error has occurred during the process execution. Please check the process log for details';
  return {
    processId: run?.id ?? emptyId,
    processStatus: run?.status ?? 0,
    resultParameterValues: run ? Object.fromEntries(results.map((name) => [name, run.outputs[name] ?? null])) : null,
    executionData: null,
    success: !failed,
    errorInfo: failed ? { errorCode: null, message, stackTrace: null } : null,
  };
}
