import { startSimulator } from '../../lib/simulator.js';
import type { JsonObject } from '../../lib/json.js';
import type { Sandbox, SandboxKind, SandboxOptions } from '../sandbox.js';
import { sandboxUser } from './sandbox/gate.js';
import { RunLog } from './sandbox/log.js';
import { Routes } from './sandbox/routes.js';
import { schemas } from './sandbox/schemas.js';

/** A sandbox with what only tests ask of it. */
export interface CreatioSandbox extends Sandbox {
  /** Ends every session and token, as a restart of the instance does. */
  endSessions(): void;
}

/** A simulated Creatio instance; `net` is the one on .NET, else it is the one on .NET Framework. */
export async function startCreatioSandbox(
  options: SandboxOptions,
  runtime: 'netframework' | 'net' = 'netframework',
): Promise<CreatioSandbox> {
  const routes = new Routes(runtime, new RunLog(options.folder));
  const simulator = await startSimulator(options, (request) => routes.answer(request));
  return {
    url: simulator.url,
    port: simulator.port,
    close: () => simulator.close(),
    connections: [{ suffix: '', name: 'Sandbox of Creatio', fields: { auth: { type: 'forms', ...sandboxUser } } }],
    starts: Object.fromEntries(
      schemas.filter(({ isBackground }) => !isBackground).map((one) => [one.behaviour, startOf(one)]),
    ),
    endSessions: () => routes.gate.endAll(),
  };
}

/** The simulated instance that the server runs for newcomers. */
export const creatioSandbox: SandboxKind = {
  platform: 'creatio',
  start: (options) => startCreatioSandbox(options),
};

const orderVariables: JsonObject = { Customer: 'Alfa', Quantity: 3, Price: 10.11 };
const documentVariables: JsonObject = { Document: 'Contract 17', Amount: { amount: '1250.50', currency: 'EUR' } };

function startOf({ code, parameters }: (typeof schemas)[number]): JsonObject {
  if (parameters.length === 0) return { definition: code };
  return { definition: code, variables: code === 'UsrOrderCheck' ? orderVariables : documentVariables };
}
