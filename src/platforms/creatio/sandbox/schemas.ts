import { z } from 'zod';
import type { Json, JsonObject } from '../../../lib/json.js';
import type { Behaviour } from '../../sandbox.js';

/** Data types as instances name them: the keys of `DataValueType`. */
const dataValueType = {
  text: 'c0f04627-4620-4bc0-84e5-9419dc8516b1',
  integer: '6b6b74e2-820d-490e-a017-2b73d4ccf2b0',
  decimal: '57ee4c31-5ec4-45fa-b95d-3a2868aa89a8',
  money: '969093e2-2b4e-463b-883a-3d3b8c61f0cd',
  boolean: '90b65bf8-0ffc-4141-8779-2420877af907',
  lookup: 'b295071f-7ea9-4e62-8d1a-919bf3732ff2',
  date: '603d4960-a1a2-45e9-b232-206a54421b01',
  datetime: 'd21e9ef4-c064-4012-b286-fa1a8171da44',
  time: '04cc757b-8f06-482c-8a1a-0c0e171d2410',
  collection: '651ec16f-d140-46db-b9e2-825c985a8ac2',
} as const;

export interface SimulatedParameter {
  readonly name: string;
  readonly caption: string;
  readonly type: keyof typeof dataValueType;
  readonly direction: 'in' | 'out';
}

/** A process that the simulated instance can run. */
export interface SimulatedSchema {
  readonly code: string;
  readonly uId: string;
  readonly caption: string;
  readonly behaviour: Behaviour;
  /** In background mode a start without results is only queued: it answers at once, without an id. */
  readonly isBackground: boolean;
  readonly parameters: readonly SimulatedParameter[];
  /** The outputs of a run, from its inputs. */
  readonly outputs: (inputs: Readonly<Record<string, string>>) => JsonObject;
}

const documents = [
  input('Document', 'Document', 'text'),
  input('Amount', 'Amount', 'money'),
  input('gatewayProcessId', 'Gateway process id', 'text'),
  output('Decision', 'Decision', 'text'),
];

const order = [
  input('Customer', 'Customer', 'text'),
  input('Quantity', 'Quantity', 'integer'),
  input('Price', 'Price', 'decimal'),
  input('Discount', 'Discount', 'money'),
  input('Urgent', 'Urgent', 'boolean'),
  input('ContactId', 'Contact', 'lookup'),
  input('DueDate', 'Due date', 'date'),
  input('DueAt', 'Due at', 'datetime'),
  input('DueTime', 'Due time', 'time'),
  input('Items', 'Items', 'collection'),
  output('Greeting', 'Greeting', 'text'),
  output('Count', 'Number of items', 'integer'),
  output('Total', 'Total', 'decimal'),
  output('Accepted', 'Accepted', 'boolean'),
  output('CheckedAt', 'Checked at', 'datetime'),
  output('OrderId', 'Order', 'lookup'),
  output('Lines', 'Lines', 'collection'),
];

/** Every process of the simulated instance, one for each behaviour. */
export const schemas: readonly SimulatedSchema[] = [
  schema(1, 'UsrOrderCheck', 'Order check', 'finishes-at-once', order, checkOrder),
  schema(2, 'UsrApproval', 'Approval of a document', 'waits-for-task', documents),
  schema(3, 'UsrWaiting', 'Waits for a signal', 'waits', documents),
  // What a step has put out before another one threw.
  schema(4, 'UsrFailing', 'Fails in a script', 'fails', documents, () => ({ Decision: 'half done' })),
  schema(5, 'UsrSignalOnly', 'Starts on a signal only', 'refused', []),
  schema(6, 'UsrLostAnswer', 'Runs and loses its answer', 'lost-answer-started', documents),
  schema(7, 'UsrReset', 'Loses the connection before it runs', 'reset-before-executing', documents),
  schema(8, 'UsrBadGateway', 'Meets a proxy that is down', 'html-502', documents),
  schema(9, 'UsrTruncated', 'Runs and cuts its answer', 'truncated-answer', documents),
  schema(10, 'UsrSlow', 'Takes three seconds', 'slow', documents),
  schema(11, 'UsrExpiredSession', 'Meets a session that has ended', 'expired-session', documents),
  { ...schema(12, 'UsrBackground', 'Runs in the background', 'finishes-at-once', documents), isBackground: true },
  { ...schema(13, 'UsrBackgroundTask', 'Waits in the background', 'waits-for-task', documents), isBackground: true },
];

/** By its code, which is matched exactly; `null`: there is none. */
export function schemaOf(code: string): SimulatedSchema | null {
  return schemas.find((one) => one.code === code) ?? null;
}

/** What ProcessSchemaRequest tells of a schema, its metadata in a string. */
export function schemaAnswer({ uId, code, caption, parameters }: SimulatedSchema): JsonObject {
  const described = parameters.map(({ name, type, direction }) => ({
    name,
    dataValueType: dataValueType[type],
    direction: direction === 'in' ? 0 : 1,
  }));
  const captions = parameters.map((one): [string, Json] => [
    `Parameters.${one.name}.Caption`,
    { 'en-US': one.caption },
  ]);
  return {
    schema: {
      uId,
      name: code,
      caption: { 'en-US': caption },
      metaData: JSON.stringify({ metaData: { schema: { uId, parameters: described } } }),
      resources: Object.fromEntries(captions),
    },
    success: true,
  };
}

function schema(
  number: number,
  code: string,
  caption: string,
  behaviour: Behaviour,
  parameters: readonly SimulatedParameter[],
  outputs: SimulatedSchema['outputs'] = () => ({ Decision: null }),
): SimulatedSchema {
  const uId = `5c4e3a00-0000-4000-8000-${String(number).padStart(12, '0')}`;
  return { code, uId, caption, behaviour, isBackground: false, parameters, outputs };
}

function input(name: string, caption: string, type: SimulatedParameter['type']): SimulatedParameter {
  return { name, caption, type, direction: 'in' };
}

function output(name: string, caption: string, type: SimulatedParameter['type']): SimulatedParameter {
  return { name, caption, type, direction: 'out' };
}

function checkOrder(inputs: Readonly<Record<string, string>>): JsonObject {
  const quantity = Number(inputs['Quantity'] ?? 0);
  const lines = z.json().parse(JSON.parse(inputs['Items'] ?? '[]'));
  return {
    Greeting: inputs['Customer'] === undefined ? null : `Order of <${inputs['Customer']}> & "friends"`,
    Count: quantity,
    Total: Math.round(quantity * Number(inputs['Price'] ?? 0) * 100) / 100,
    Accepted: inputs['Urgent'] === 'true',
    // Without an offset, in the session's zone: that is how instances write it.
    CheckedAt: inputs['DueAt']?.replace(/Z$/, '') ?? null,
    OrderId: inputs['ContactId'] ?? null,
    Lines: lines,
  };
}
