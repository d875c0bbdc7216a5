import type { Json, JsonObject } from '../../lib/json.js';
import type { ToldElement } from '../callback.js';
import { InDoubt, Refused } from '../platform.errors.js';
import type { PlatformTools } from '../platform-kind.js';
import type { Call, Platform } from '../platform.js';
import type { Bitrix24Client } from './bitrix24.client.js';
import { scalarText } from './encoders.js';

/**
 * The verbs of elements: executions of an application's activities, of which the portal tells by itself. Each has a token
 * that is the one credential for it, whatever the connection's own are.
 */
export function elementVerbs(
  client: Bitrix24Client,
  { told }: PlatformTools,
): Required<Pick<Platform, 'tellsElements' | 'completeElement' | 'logElement'>> {
  const elementOf = async (nativeId: string): Promise<ToldElement> => {
    const element = (await told?.element(nativeId)) ?? null;
    if (!element) throw new Refused('not_found', 'The portal never told of this element.');
    return element;
  };
  return {
    tellsElements: true,
    completeElement: async (nativeId, variables, call) => completed(client, await elementOf(nativeId), variables, call),
    logElement: async (nativeId, message, call) => logged(client, await elementOf(nativeId), message, call),
  };
}

/**
 * Lets the run go on; false: it was let go on before, and nothing is sent.
 *
 * The portal says yes before it processes that, and whether the run is there at all: a second time is harmless, and one that
 * came too late is ignored without a word (observed).
 *
 * @param variables  by the names that the activity declares as its results; their letters count
 * @throws Refused  the element waits no longer
 * @see b24restdocs api-reference/bizproc/bizproc-activity/bizproc-event-send.md
 */
async function completed(
  client: Bitrix24Client,
  { secret, state }: ToldElement,
  variables: JsonObject | null,
  call: Call,
): Promise<boolean> {
  if (state === 'completed') return false;
  if (state === 'cancelled') throw new Refused('rejected', 'The element waits no longer: its time or its run is over.');
  const params = { EVENT_TOKEN: secret, ...(variables === null ? {} : { RETURN_VALUES: returned(variables) }) };
  const portalCall = { asked: 'element', method: 'bizproc.event.send', params, secrets: [secret] } as const;
  const { result } = await client.call(portalCall, call);
  if (result !== true) throw new InDoubt('The answer to bizproc.event.send cannot be read.');
  return true;
}

/** Values as text, as the portal's own callbacks write them; `null` is left out. */
function returned(variables: JsonObject): JsonObject {
  const given = Object.entries(variables).filter(([, value]) => value !== null);
  return Object.fromEntries(given.map(([name, value]) => [name, isList(value) ? value.map(textOr) : textOr(value)]));
}

const textOr = (value: Json): Json => scalarText(value) ?? value;

const isList = (value: Json): value is readonly Json[] => Array.isArray(value);

/** @see b24restdocs api-reference/bizproc/bizproc-activity/bizproc-activity-log.md */
async function logged(client: Bitrix24Client, { secret }: ToldElement, message: string, call: Call): Promise<void> {
  const params = { EVENT_TOKEN: secret, LOG_MESSAGE: message };
  const portalCall = { asked: 'log', method: 'bizproc.activity.log', params, secrets: [secret] } as const;
  const { result } = await client.call(portalCall, call);
  if (result !== true) throw new InDoubt('The answer to bizproc.activity.log cannot be read.');
}
