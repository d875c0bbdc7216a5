import type { SandboxKind } from './sandbox.js';

/** The simulated portals; one line per platform that has one. */
export const sandboxKinds: readonly SandboxKind[] = [];
