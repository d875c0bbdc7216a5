import { statSync } from 'node:fs';

/** Walks and proofs take minutes: one of them left to the end would run alone. The others as jest has them without figures. */
const long = [/test\/walks\//, /test\/proofs\//];

/** The order of the test files: those that take long first. */
export default class LongFirst {
  sort(tests) {
    const rankOf = ({ path }) => {
      const rank = long.findIndex((pattern) => pattern.test(path));
      return rank === -1 ? long.length : rank;
    };
    return tests.toSorted((one, other) => rankOf(one) - rankOf(other) || sizeOf(other) - sizeOf(one));
  }

  shard(tests) {
    return tests;
  }

  allFailedTests(tests) {
    return tests;
  }

  cacheResults() {}
}

function sizeOf({ path }) {
  return statSync(path).size;
}
