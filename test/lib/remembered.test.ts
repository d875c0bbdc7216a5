import { remembered } from '../../src/lib/remembered.js';

describe('what is remembered of texts', () => {
  it('is worked out once for each', () => {
    const asked: string[] = [];
    const lengthOf = remembered(10, (text) => asked.push(text) && text.length);

    expect(['one', 'three', 'one', 'one'].map(lengthOf)).toEqual([3, 5, 3, 3]);
    expect(asked).toEqual(['one', 'three']);
  });

  it('is forgotten where there are too many of them, and is the same again', () => {
    const asked: string[] = [];
    const lengthOf = remembered(2, (text) => asked.push(text) && text.length);

    expect(['a', 'bb', 'ccc', 'a', 'ccc'].map(lengthOf)).toEqual([1, 2, 3, 1, 3]);
    expect(asked).toEqual(['a', 'bb', 'ccc', 'a']);
  });
});
