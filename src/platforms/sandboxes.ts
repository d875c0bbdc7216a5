import { bitrix24Sandbox } from './bitrix24/sandbox/bitrix24.sandbox.js';
import { creatioSandbox } from './creatio/creatio.sandbox.js';
import type { SandboxKind } from './sandbox.js';

/** The simulated portals; one line per platform that has one. */
export const sandboxKinds: readonly SandboxKind[] = [bitrix24Sandbox, creatioSandbox];
