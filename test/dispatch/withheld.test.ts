import { describe, expect, it } from '@jest/globals';
import { valuesOf, withheld, withholding, withoutValues } from '../../src/dispatch/withheld.js';
import { Refused } from '../../src/platforms/platform.errors.js';
import { orderOf } from '../../src/processes/order.js';
import { aProcess } from '../processes/samples.js';

const process = aProcess({ sensitive: ['Salary', 'Readers', 'Nothing'], variables: { Salary: '[redacted]' } });
const order = orderOf(process, { Salary: 471_100, Readers: ['user_15', 'user_1'], Title: 'Contract' });
const values = valuesOf(process, order);

describe('what a platform says of values that are shown to nobody', () => {
  it('is without them in an error, its own words and code included, the longest first', async () => {
    const native = { code: 'NOT_471100', message: 'user_15 may not have 471100 of Contract', httpStatus: 400 };
    const refused = new Refused('rejected', 'It refuses 471100', native);
    await expect(withholding(process, order, () => Promise.reject(refused))).rejects.toBe(refused);
    expect([refused.message, refused.native]).toEqual([
      'It refuses [redacted]',
      { code: 'NOT_[redacted]', message: '[redacted] may not have [redacted] of Contract', httpStatus: 400 },
    ]);
  });

  it('is without them in the failure of a run', () => {
    const failure = { code: 'failed', message: 'No 471100 for user_1' };
    expect(withoutValues({ failure }, values)).toEqual({
      failure: { code: 'failed', message: 'No [redacted] for [redacted]' },
    });
  });

  it('keeps its words where nothing is marked', () => {
    const failure = { code: 'failed', message: 'No 471100' };
    expect(withoutValues({ failure }, valuesOf(aProcess(), order))).toEqual({ failure });
    expect(withheld(new Error('471100'), values)).toEqual(new Error('471100'));
  });
});
