import { z } from 'zod';
import { tellElement, tellEvent } from './callbacks.js';
import { parseJsonObject } from './php-params.js';
import type { PortalState } from './state.js';

const Element = z.strictObject({
  runId: z.string().min(1),
  handler: z.string().min(1),
  code: z.string().min(1).default('sandbox_step'),
  waits: z.boolean().default(true),
  timeoutSeconds: z.int().positive().optional(),
  properties: z.record(z.string(), z.json()).default({}),
});
const Event = z.strictObject({
  event: z.string().min(1),
  data: z.record(z.string(), z.json()).default({}),
  handler: z.string().min(1).optional(),
});

/** The controls of callbacks; see the README. */
export const callbackControls = ['callbacks', 'elements', 'events'] as const;

/**
 * Carries out one of them: `callbacks` orders how they go out, `elements` has a run reach an activity, `events` tells of an
 * event.
 *
 * @returns what holds now
 * @throws ZodError  the body is none of its bodies
 */
export async function callbackControl(
  name: (typeof callbackControls)[number],
  text: string,
  state: PortalState,
): Promise<object> {
  const body = parseJsonObject(text);
  switch (name) {
    case 'callbacks':
      return state.callbacks.orders.order(body);
    case 'elements': {
      const { runId, handler, code, waits, timeoutSeconds, properties } = Element.parse(body);
      const endsAtMs = timeoutSeconds === undefined ? null : state.clock.now().getTime() + timeoutSeconds * 1000;
      const wait = state.callbacks.execute({ runId, code, waits, endsAtMs });
      await state.callbacks.saved();
      tellElement(state, wait, { handler, properties });
      return { token: wait.token };
    }
    case 'events': {
      const { event, data, handler } = Event.parse(body);
      tellEvent(state, event, data, handler);
      return { event };
    }
  }
}

/** Everything of callbacks: what was told to whom, what became of it, and the executions with their tokens. */
export function callbackTruth({ callbacks }: PortalState): object {
  return {
    ...callbacks.orders.seen,
    elements: [...callbacks.waits],
    activities: [...callbacks.activities],
    bindings: [...callbacks.bindings],
  };
}
