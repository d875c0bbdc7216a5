import { z } from 'zod';
import type { SimulatedAnswers } from '../../simulated-answers.js';
import type { PortalLimits } from './limits.js';
import type { OrderedErrors } from './ordered-errors.js';
import { parseJsonObject } from './php-params.js';
import type { PortalState } from './state.js';

const RunIds = z.strictObject({ keeps: z.boolean() });
const Signing = z.strictObject({
  bornAs: z.enum(['new', 'signing']).optional(),
  errorStatus: z.union([z.literal(200), z.literal(400), z.literal(403)]).optional(),
});
const Filters = z.strictObject({ known: z.array(z.string()).nullable() });
const Clock = z.strictObject({ aheadSeconds: z.int().min(-86_400).max(86_400) });

/** What a sandbox's operator may turn on; see Sandbox. */
export interface Switches {
  readonly state: PortalState;
  readonly limits: PortalLimits;
  readonly answers: SimulatedAnswers;
  readonly errors: OrderedErrors;
}

/**
 * Turns what the last part of a control's path names, e.g. `limits`; `null`: there is no such control.
 *
 * @returns what holds from now on
 * @throws ZodError  the body is none of its bodies
 */
export function switched(name: string, text: string, { state, limits, answers, errors }: Switches): object | null {
  const body = parseJsonObject(text);
  switch (name) {
    case 'limits':
      return limits.set(body);
    case 'answers':
      return answers.order(body);
    case 'errors':
      return errors.order(body);
    case 'signing':
      return signs(state, body);
    case 'delay':
      return answers.delay(body);
    case 'report-steps':
      return state.reportSteps.order(body);
    case 'run-ids': {
      const { keeps } = RunIds.parse(body);
      state.keepsRunIds = keeps;
      return { keeps };
    }
    case 'filters': {
      const { known } = Filters.parse(body);
      state.knownFilters = known;
      return { known };
    }
    case 'clock': {
      const { aheadSeconds } = Clock.parse(body);
      state.clock.aheadSeconds = aheadSeconds;
      return { aheadSeconds };
    }
    default:
      return null;
  }
}

function signs(state: PortalState, body: unknown): object {
  const { bornAs = state.signing.bornAs, errorStatus = state.signing.errorStatus } = Signing.parse(body);
  state.signing = { bornAs, errorStatus };
  return state.signing;
}
