/**
 * The one check command: runs every script `check:…` of package.json. Says each one's name, result and time, and shows
 * the output of those that failed.
 *
 *   npm run check                                all of them
 *   npm run check -- lint format                 these
 *   npm run check -- --report FILE               also writes `{"passed": 8, "failed": 1}` there
 */
import { spawn } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';

/** Every script `check:NAME`, in its order: slow ones stand first, so that none of them ends last. */
const { scripts } = JSON.parse(await readFile('package.json', 'utf8'));
const checks = Object.fromEntries(
  Object.entries(scripts).flatMap(([name, command]) =>
    name.startsWith('check:') ? [[name.slice('check:'.length), command]] : [],
  ),
);

const environment = {
  ...process.env,
  FORCE_COLOR: '0',
  // Nothing here calls home or asks questions.
  REDOCLY_TELEMETRY: 'off',
  REDOCLY_SUPPRESS_UPDATE_NOTICE: 'true',
  npm_config_update_notifier: 'false',
};

/** Runs one check to its end; what it prints is kept. */
function run(name) {
  return new Promise((resolve) => {
    const child = spawn('npm', ['run', '--silent', `check:${name}`], {
      env: environment,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let output = '';
    child.stdout.on('data', (bytes) => (output += bytes));
    child.stderr.on('data', (bytes) => (output += bytes));
    child.on('error', (error) => resolve({ ok: false, output: String(error) }));
    child.on('close', (code) => resolve({ ok: code === 0, output }));
  });
}

/** Takes names from the list until it is empty; several of these share one list. */
async function work(names, results) {
  for (let name = names.shift(); name !== undefined; name = names.shift()) {
    const begun = performance.now();
    const { ok, output } = await run(name);
    const seconds = ((performance.now() - begun) / 1000).toFixed(1);
    console.log(`${ok ? 'ok    ' : 'FAILED'} ${name.padEnd(10)} ${seconds.padStart(6)} s`);
    results.push({ name, ok, output });
  }
}

const [words, report] = readArguments(process.argv.slice(2));
const unknown = words.filter((word) => !(word in checks));
if (unknown.length > 0) {
  console.error(`There is no check ${unknown.join(', ')}; there are: ${Object.keys(checks).join(', ')}.`);
  process.exit(2);
}

const names = words.length > 0 ? words : Object.keys(checks);
const results = [];
await Promise.all(Array.from({ length: Math.min(2, availableParallelism()) }, () => work(names, results)));

const failed = results.filter(({ ok }) => !ok);
for (const { name, output } of failed) console.log(`\n── ${name}: ${checks[name]}\n${output.trim()}`);
console.log(`\n${results.length - failed.length} checks passed, ${failed.length} failed`);
if (report) await writeFile(report, JSON.stringify({ passed: results.length - failed.length, failed: failed.length }));
process.exitCode = failed.length === 0 ? 0 : 1;

function readArguments(given) {
  const at = given.indexOf('--report');
  return at === -1 ? [given, null] : [given.toSpliced(at, 2), given[at + 1] ?? null];
}
