import { liveReadErrorOf } from '../../src/platforms/live-read.errors.js';
import { Busy, InDoubt, Refused, Unreached } from '../../src/platforms/platform.errors.js';

const native = { code: 'CODE', message: 'words', httpStatus: 400 };

it.each([
  [new Unreached('x', native), 'platform-unavailable', 5],
  [new Busy('limit', 'x', native, 2500), 'platform-unavailable', 3],
  [new Busy('sign_in', 'x', native), 'platform-unavailable', 5],
  [new Busy('portal_closed', 'x', native), 'platform-unavailable', 5],
  [new Busy('credentials', 'x', native), 'connection-reauthorization-required', 60],
  [new InDoubt('x', native), 'platform-bad-response', null],
  [new Refused('permission', 'x', native), 'platform-permission-denied', null],
  [new Refused('plan', 'x', native), 'plan-restricted', null],
  [new Refused('capability', 'x', native), 'capability-not-supported', null],
  [new Refused('not_found', 'x', native), 'platform-rejected', null],
  [new Refused('rejected', 'x', native), 'platform-rejected', null],
])('%s becomes %s', (error, code, retryAfterSeconds) => {
  expect(liveReadErrorOf(error)).toMatchObject({ code, retryAfterSeconds, platform: native, message: 'x' });
});
