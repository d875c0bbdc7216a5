import { PinoLog } from '../../src/observability/pino-log.js';
import { newApiKey } from '../../src/security/api-key.js';

function linesOf(write: (log: PinoLog) => void): string {
  let text = '';
  write(new PinoLog('debug', { write: (line: string) => (text += line) }));
  return text;
}

describe('a log line', () => {
  it('has a time, a level, an event and its fields', () => {
    const line = JSON.parse(linesOf((log) => log.info('operation.sent', { processId: 'p', ms: 3 }))) as object;
    expect(line).toEqual({
      at: expect.stringMatching(/^\d{4}-.*Z$/),
      level: 'info',
      event: 'operation.sent',
      processId: 'p',
      ms: 3,
    });
  });

  it.each(['authorization', 'Cookie', 'clientSecret', 'password', 'refreshToken', 'apiKey', 'BPMCSRF'])(
    'hides the field %s, however deep',
    (name) => {
      expect(linesOf((log) => log.warn('x', { a: [{ b: { [name]: 'canary' } }] }))).not.toContain('canary');
    },
  );

  it('hides keys, bearer tokens and passwords in URLs wherever they stand', () => {
    const key = newApiKey();
    const text = linesOf((log) =>
      log.error('x', {
        detail: `used ${key} and Bearer canary.1 at postgres://user:canary2@db/x and https://x/?access_token=canary3&b=1`,
      }),
    );
    expect(text).not.toMatch(/canary/);
    expect(text).not.toContain(key);
    expect(text).toContain('b=1');
  });

  it('shows of an error its name, message, code and cause, and nothing that a library hung on it', () => {
    const cause = Object.assign(new Error('inner'), { config: { headers: { 'x-a': 'canary' } } });
    const error = Object.assign(new Error('outer', { cause }), { code: 'E1', detail: 'canary' });
    const text = linesOf((log) => log.error('x', { error }));
    expect(text).not.toContain('canary');
    expect(JSON.parse(text)).toMatchObject({
      error: { name: 'Error', message: 'outer', code: 'E1', cause: { message: 'inner' } },
    });
  });

  it('is written for what refers to itself', () => {
    const loop: Record<string, unknown> = {};
    loop['self'] = loop;
    expect(linesOf((log) => log.info('x', loop))).toContain('[deep]');
  });
});
