import { isJsonObject, type Json, type JsonObject } from '../../lib/json.js';
import { PlatformError } from '../platform.errors.js';
import type { StartsTogether } from '../platform.js';
import type { StartOrder, StartOutcome } from '../run.js';
import { callTogether, maxCommands, queryOf, type Outcome } from './batch.js';
import type { Bitrix24Client } from './bitrix24.client.js';
import type { PortalSettings } from './connection.js';
import { signing } from './signing.js';
import { asSent, runOf, startCall } from './workflows.js';

/** Longer ones go alone: fifty of the longest would be a request that portals and proxies refuse. */
const longestCommand = 10_000;

/** What PHP reads in brackets as it was written. */
const plainName = /^[\w-]+$/;

/**
 * Starts of workflows as commands of one batch. Source: b24restdocs settings/how-to-call-rest-api/batch.md
 *
 * A command is a query, so only texts arrive as they were sent, and the empty ones do not arrive as nothing. The portal puts
 * results of earlier commands in the place of `$result[…]`: a start that holds this would get another caller's answer.
 */
export function startsTogether(client: Bitrix24Client, settings: PortalSettings): StartsTogether {
  return {
    atMost: maxCommands,
    mayRide: (order) => {
      if (order.definition === signing) return false;
      const command = startCall(order, settings);
      const { TEMPLATE_ID: _, ...rest } = command.params;
      return survivesAsQuery(rest) && queryOf(command).length <= longestCommand;
    },
    start: async (orders, call) => {
      for (const order of orders) asSent(order, settings);
      const commands = orders.map((order) => startCall(order, settings));
      const { outcomes } = await callTogether(client, { asked: 'start', commands }, call);
      return orders.map((order, index) => startOutcome(order, outcomes[index]));
    },
  };
}

function startOutcome({ runId }: StartOrder, outcome: Outcome | undefined): StartOutcome {
  try {
    return { answer: runOf(runId, outcome ?? { result: null }) };
  } catch (error) {
    if (!(error instanceof PlatformError)) throw error;
    return { error };
  }
}

function survivesAsQuery(params: JsonObject): boolean {
  return Object.entries(params).every(([name, value]) => plainName.test(name) && valueSurvives(value));
}

function valueSurvives(value: Json): boolean {
  if (typeof value === 'string') return value !== '' && !value.includes('$result');
  if (Array.isArray(value)) {
    const items: readonly Json[] = value;
    return items.length > 0 && items.every((item) => typeof item === 'string' && valueSurvives(item));
  }
  return isJsonObject(value) && survivesAsQuery(value);
}
