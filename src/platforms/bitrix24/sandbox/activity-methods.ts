import type { JsonObject } from '../../../lib/json.js';
import { asJson } from '../json-of.js';
import type { KeptActivity } from './callback-state.js';
import type { Method, MethodCall } from './method.js';
import { fieldOf, textOf, valuesOf, type Params } from './php-params.js';
import { PortalFault } from './portal-fault.js';

/** Source: fact sheet §4.7; api-reference/bizproc/bizproc-activity/bizproc-activity-add.md, bizproc-robot/ alike. */
const add = (isRobot: boolean): Method => ({
  application: true,
  admin: true,
  upperCaseKeys: true,
  run: async (call) => {
    const { callbacks } = call.state;
    const activity = activityIn(call, isRobot);
    if (callbacks.activity(activity.code)) {
      throw new PortalFault(400, 'ERROR_ACTIVITY_ALREADY_INSTALLED', 'Activity or Robot already installed!');
    }
    return kept(call, () => callbacks.put(activity));
  },
});

const update: Method = {
  application: true,
  admin: true,
  upperCaseKeys: true,
  run: async (call) => {
    const { callbacks } = call.state;
    const before = installed(call);
    const fields = upperCased(call.params['FIELDS']);
    if (Object.keys(fields).length === 0) throw invalid('No fields to update');
    const handler = fields['HANDLER'] === undefined ? before.handler : handlerIn(fields);
    const waits = fields['USE_SUBSCRIPTION'] === undefined ? before.waits : textOf(fields['USE_SUBSCRIPTION']) !== 'N';
    const properties = fields['PROPERTIES'] === undefined ? before.properties : propertiesIn(fields);
    return kept(call, () => callbacks.put({ ...before, handler, waits, properties }));
  },
};

const remove: Method = {
  application: true,
  admin: true,
  upperCaseKeys: true,
  run: async (call) => {
    const { code } = installed(call);
    return kept(call, () => call.state.callbacks.remove(code));
  },
};

const list = (isRobot: boolean): Method => ({
  application: true,
  admin: true,
  run: ({ state }) => ({
    result: [...state.callbacks.activities].filter((one) => one.isRobot === isRobot).map(({ code }) => code),
  }),
});

async function kept({ state, seen }: MethodCall, change: () => void): Promise<{ result: true }> {
  change();
  seen.executed = true;
  await state.callbacks.saved();
  return { result: true };
}

/** The checks in the order of the vendor's table of errors. */
function activityIn({ params }: MethodCall, isRobot: boolean): KeptActivity {
  if (Object.keys(params).length === 0) throw invalid('Empty data!');
  const code = textOf(params['CODE']);
  if (code === '') throw invalid('Empty activity code!');
  if (!/^[A-Za-z0-9._-]+$/.test(code)) throw invalid('Wrong activity code!');
  const handler = handlerIn(params);
  if (textOf(params['NAME']) === '' && (valuesOf(params['NAME']) ?? []).length === 0) {
    throw invalid('Empty activity NAME!');
  }
  // Omitted, it waits; the user of the designer may choose then.
  return {
    code,
    isRobot,
    handler,
    waits: textOf(params['USE_SUBSCRIPTION']) !== 'N',
    properties: propertiesIn(params),
  };
}

function propertiesIn(params: Params): JsonObject {
  const properties = params['PROPERTIES'];
  if (properties === undefined) return {};
  if (typeof properties !== 'object' || properties === null) throw invalid('Wrong properties array!');
  for (const [key, property] of Object.entries(properties)) {
    if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(key)) throw invalid(`Wrong property key (${key})!`);
    const name = fieldOf(property, 'Name') ?? fieldOf(property, 'NAME');
    if (textOf(name) === '' && (valuesOf(name) ?? []).length === 0) throw invalid(`Empty property NAME (${key})!`);
  }
  return asJson(properties);
}

/** Where the portal will post to: http or https, and a host with a dot in it. */
export function handlerIn(params: Params, name = 'HANDLER'): string {
  const handler = textOf(params[name]);
  if (!URL.canParse(handler)) throw new PortalFault(400, 'ERROR_WRONG_HANDLER_URL', 'Wrong handler URL');
  const { protocol, hostname } = new URL(handler);
  if (protocol !== 'http:' && protocol !== 'https:') {
    throw new PortalFault(400, 'ERROR_UNSUPPORTED_PROTOCOL', 'Unsupported handler protocol');
  }
  if (!hostname.includes('.')) throw new PortalFault(400, 'ERROR_WRONG_HANDLER_URL', 'Wrong handler URL');
  return handler;
}

function installed({ params, state }: MethodCall): KeptActivity {
  const code = textOf(params['CODE']);
  if (code === '') throw invalid('Empty activity code!');
  const activity = state.callbacks.activity(code);
  if (!activity) throw new PortalFault(400, 'ERROR_ACTIVITY_NOT_FOUND', 'Activity or Robot not found!');
  return activity;
}

function upperCased(fields: unknown): Params {
  const given = typeof fields === 'object' && fields !== null ? asJson(fields) : {};
  return Object.fromEntries(Object.entries(given).map(([key, value]) => [key.toUpperCase(), value]));
}

function invalid(description: string): PortalFault {
  return new PortalFault(400, 'ERROR_ACTIVITY_VALIDATION_FAILURE', description);
}

export const activityMethods: Readonly<Record<string, Method>> = {
  'bizproc.activity.add': add(false),
  'bizproc.activity.update': update,
  'bizproc.activity.delete': remove,
  'bizproc.activity.list': list(false),
  'bizproc.robot.add': add(true),
  'bizproc.robot.update': update,
  'bizproc.robot.delete': remove,
  'bizproc.robot.list': list(true),
};
