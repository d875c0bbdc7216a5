import { isDatabaseTrouble } from '../../src/storage/database-trouble.js';

const systemError = (code: string, syscall: string): Error =>
  Object.assign(new Error(`${syscall} ${code}`), { code, syscall });

describe('an error of a socket', () => {
  it.each([
    ['ECONNREFUSED', 'connect'],
    ['ENOENT', 'connect'],
    ['EAI_AGAIN', 'getaddrinfo'],
    ['ECONNRESET', 'read'],
    ['EPIPE', 'write'],
    ['ECONNRESET', 'write'],
  ])('%s on %s says that the database cannot be used', (code, syscall) => {
    expect(isDatabaseTrouble(systemError(code, syscall))).toBe(true);
  });

  it('is not meant where a file is missing', () => {
    expect(isDatabaseTrouble(systemError('ENOENT', 'open'))).toBe(false);
  });
});
