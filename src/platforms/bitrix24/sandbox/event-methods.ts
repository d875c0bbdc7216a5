import { handlerIn } from './activity-methods.js';
import type { Method, MethodCall } from './method.js';
import { textOf } from './php-params.js';
import { PortalFault } from './portal-fault.js';

const events = [
  'ONAPPINSTALL',
  'ONAPPUPDATE',
  'ONAPPUNINSTALL',
  'ONSIGNB2EDOCUMENTSTATUSCHANGED',
  'ONSIGNB2EMEMBERSTATUSCHANGED',
  'ONCRMLEADUPDATE',
];

/** Source: fact sheet §7; api-reference/events/event-bind.md */
const bind: Method = {
  application: true,
  run: async (call) => {
    const { event, handler } = bindingIn(call);
    const { callbacks } = call.state;
    if (callbacks.isBound(event, handler)) {
      throw new PortalFault(400, 'ERROR_CORE', 'Unable to set event handler: Handler already binded');
    }
    callbacks.bind(event, handler);
    call.seen.executed = true;
    await callbacks.saved();
    return { result: true };
  },
};

const unbind: Method = {
  application: true,
  run: async (call) => {
    const { event, handler } = bindingIn(call);
    const wasBound = call.state.callbacks.unbind(event, handler);
    call.seen.executed = wasBound;
    await call.state.callbacks.saved();
    return { result: { count: wasBound ? 1 : 0 } };
  },
};

const get: Method = {
  application: true,
  run: ({ state }) => ({
    result: [...state.callbacks.bindings].map(({ event, handler }) => ({ event, handler, auth_type: '0', offline: 0 })),
  }),
};

function bindingIn({ params }: MethodCall): { readonly event: string; readonly handler: string } {
  const event = textOf(params['event']).toUpperCase();
  if (!events.includes(event)) throw new PortalFault(400, 'ERROR_EVENT_NOT_FOUND', 'Event not found');
  return { event, handler: handlerIn(params, 'handler') };
}

export const eventMethods: Readonly<Record<string, Method>> = {
  'event.bind': bind,
  'event.unbind': unbind,
  'event.get': get,
  events: { application: true, run: () => ({ result: events }) },
};
