import { randomBytes } from 'node:crypto';

/** How every secret begins that a sandbox makes: it can be told from a real one, and found wherever it should not be. */
export const simulatedMark = '5ec4e7c0ffee';

/** A token as platforms make them, e.g. `5ec4e7c0ffee41f2…`: hexadecimal digits. @param bytes  how many of them it stands for */
export function simulatedSecret(bytes: number): string {
  return (simulatedMark + randomBytes(bytes).toString('hex')).slice(0, bytes * 2);
}
