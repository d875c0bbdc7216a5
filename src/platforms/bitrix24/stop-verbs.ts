import type { Platform } from '../platform.js';
import type { Bitrix24Client } from './bitrix24.client.js';
import { assertIsWorkflow, stopWorkflow } from './workflows.js';

/** How runs are stopped, as every connection can. */
export function stopVerbs(client: Bitrix24Client): Required<Pick<Platform, 'terminate' | 'kill'>> {
  return {
    terminate: async (run, reason, call) => {
      assertIsWorkflow(run);
      const params = { ID: run.nativeId, ...(reason === null ? {} : { STATUS: reason }) };
      await stopWorkflow(client, 'bizproc.workflow.terminate', params, call);
      return 'terminated';
    },
    kill: async (run, call) => {
      assertIsWorkflow(run);
      await stopWorkflow(client, 'bizproc.workflow.kill', { ID: run.nativeId }, call);
    },
  };
}
