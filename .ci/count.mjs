// Counts what was tested and checked. A run that left no report counts as one failure, and so does a test file that could
// not be run.
import { existsSync, readFileSync } from 'node:fs';

/** More files than these are no matter of a moment. */
const mostRepeated = 3;

const say = (line) => process.stdout.write(`${line}\n`);

const reportOf = (file) => {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    return null;
  }
};
const failedFiles = (report) => (report?.testResults ?? []).filter(({ status }) => status !== 'passed');
const failedTests = (file) => file.assertionResults.filter(({ status }) => status === 'failed');

function printRepeated(file) {
  const failed = reportOf(file) === null ? [] : failedFiles(reportOf(file));
  if (failed.length <= mostRepeated) for (const { name } of failed) say(name);
}

function printCount([first, second, checked]) {
  const [tests, again, checks] = [first, second, checked].map(reportOf);
  const repeated = new Map((again?.testResults ?? []).map((file) => [file.name, file]));
  const files = (tests?.testResults ?? []).map((file) => repeated.get(file.name) ?? file);
  for (const file of failedFiles(tests)) {
    const outcome = repeated.get(file.name)?.status ?? 'not repeated';
    say(`failed at first: ${file.name} (once more, alone: ${outcome})`);
    for (const { fullName } of failedTests(file)) say(`  ${fullName}`);
  }
  const passedTests = files.flatMap((file) => file.assertionResults).filter(({ status }) => status === 'passed');
  const broken = files.filter((file) => file.status !== 'passed' && failedTests(file).length === 0).length;
  const passed = passedTests.length + (checks?.passed ?? 0);
  const failed = (tests ? files.flatMap(failedTests).length + broken : 1) + (checks ? checks.failed : 1);
  const leaked = existsSync(process.env.CANARIES_FOUND ?? '') ? 1 : 0;
  const odd = failed + leaked === 0 && !tests.success && repeated.size === 0 ? 1 : 0;
  say(`${passed} passed, ${failed + leaked + odd} failed`);
  process.exitCode = failed + leaked + odd === 0 ? 0 : 1;
}

const given = process.argv.slice(2);
if (given[0] === '--failed') printRepeated(given[1]);
else printCount(given);
