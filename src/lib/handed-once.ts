import type { Agents } from './guarded-agent.js';
import type { Handing } from './recent-sockets.js';

/** What one request is sent by. */
export interface Way {
  readonly agents: Agents;
  readonly mayHaveLeft: () => boolean;
}

/**
 * Sends one command, whose socket is handed to it once: where the kept one that it was to take had grown too old, nothing has
 * left, and it takes another.
 */
export async function handedOnce<Answer>(
  agentsOf: (handing: Handing) => Agents,
  mayWrite: () => boolean,
  send: (way: Way) => Promise<Answer>,
): Promise<Answer> {
  for (;;) {
    let handedOver = false;
    let wasTooOld = false;
    const agents = agentsOf({
      mayWrite,
      onHandedOver: () => (handedOver = true),
      onTooOld: () => (wasTooOld = true),
    });
    try {
      return await send({ agents, mayHaveLeft: () => handedOver });
    } catch (error) {
      // Each of these takes one kept socket away; a fresh one is none of them.
      if (handedOver || !wasTooOld) throw error;
    }
  }
}
