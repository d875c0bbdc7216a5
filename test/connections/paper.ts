import { z } from 'zod';
import type { JsonObject } from '../../src/lib/json.js';
import { shapeFault, valueFault } from '../../src/lib/fault.js';
import type { Definition } from '../../src/platforms/definition.js';
import type { ConnectionSettings, PlatformKind, PlatformTools, Read } from '../../src/platforms/platform-kind.js';
import type { ConnectionCheck, Platform } from '../../src/platforms/platform.js';
import type { Lane, Prepared, StartRequest } from '../../src/platforms/run.js';
import { limits } from './samples.js';

/** A portal that lives on paper: it does nothing, and tests override what they ask of it. */
export class PaperPlatform implements Platform {
  readonly observeAtOnce = 1;
  readonly executionLimitSeconds: number = 60;
  readonly checks: readonly ConnectionCheck[] = [];
  closed = false;

  constructor(
    readonly connection: ConnectionSettings,
    readonly tools: PlatformTools,
  ) {}

  namesDefinition(definition: string): boolean {
    return definition !== '';
  }
  async definitions(): Promise<readonly Definition[] | null> {
    return null;
  }
  async definition(_definition: string): Promise<Definition | null> {
    return null;
  }
  prepare(): Prepared {
    return { faults: [], unsupported: null, subject: null, inputChecked: false };
  }
  laneOf({ definition }: StartRequest): Lane {
    return { key: definition, oneAtATime: false };
  }
  nativeCall(): never {
    throw new Error('Paper is not called');
  }
  start(): never {
    throw new Error('Paper starts nothing');
  }
  observe(): never {
    throw new Error('Nothing is seen on paper');
  }
  async close(): Promise<void> {
    this.closed = true;
  }
}

/** The kind of paper portals. `auth` is `{type: 'password', user, password, tokenUrl?}`; its own field is `shelf`. */
export function paperKind(
  open: (connection: ConnectionSettings, tools: PlatformTools) => Platform = (connection, tools) =>
    new PaperPlatform(connection, tools),
): PlatformKind {
  return {
    platform: 'paper',
    name: 'Paper',
    defaultLimits: { ...limits, requestsPerSecond: 5 },
    connectionSchema: { type: 'object' },
    examples: { starts: [], connections: [] },
    shownAuth: ['type', 'user', 'tokenUrl'],
    signing: [],
    readAuth,
    awaitsConsent: (auth) => auth['password'] === 'later',
    readSettings,
    delivery: {
      start: 'at_most_once',
      terminate: null,
      kill: null,
      complete_element: null,
      complete_task: null,
      delegate_task: null,
      observe: 'read',
      definitions: 'read',
      elements: null,
      tasks: null,
      native_runs: null,
      call: null,
    },
    notes: {},
    absence: 'Nothing.',
    open,
  };
}

const Auth = z.record(z.string(), z.json());

function readAuth(input: unknown): Read<JsonObject> {
  const auth = Auth.parse(input);
  if (auth['type'] !== 'password') return { faults: [valueFault('/type', 'invalid', 'Choose "password".')] };
  return { value: auth };
}

function readSettings(input: Readonly<Record<string, unknown>>): Read<JsonObject> {
  const { shelf = 'lower', ...others } = input;
  const faults = Object.keys(others).map((name) => shapeFault(`/${name}`, 'unknown-field', 'There is no such field.'));
  if (faults.length > 0) return { faults };
  if (typeof shelf !== 'string') return { faults: [shapeFault('/shelf', 'wrong-type', 'Send a JSON string here.')] };
  return { value: { shelf } };
}
