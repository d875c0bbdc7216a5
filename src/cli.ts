#!/usr/bin/env node
import { storedBill } from './bill-of-materials.js';
import { loadConfig } from './config.js';
import { Closing } from './lib/closing.js';
import { endOnCrash } from './observability/crash.js';
import { PinoLog } from './observability/pino-log.js';
import { redactedText } from './observability/redact.js';
import { readableLines } from './startup-faults.js';
import { whatToDo } from './restored.js';
import { rotateCredentials } from './rotate-credentials.js';
import { databaseUrl, sharedDatabaseUrl } from './start-database.js';
import { audited } from './storage/audited-command.js';
import { PostgresHolds } from './storage/database-hold.store.js';
import { DatabaseWatch } from './storage/database-watch.js';
import { openDatabase } from './storage/database.js';
import { migrate } from './storage/migrate.js';

const help = `bpmgw, the operator's commands of the BPM gateway

  bpmgw migrate    brings the database to the newest schema
  bpmgw restored   says that the database was restored: nothing is sent until a person releases it
  bpmgw rotate-credentials
                   seals everything anew with the first of CREDENTIALS_KEYS, while replicas run
  bpmgw sbom       prints what it is made of: a CycloneDX bill of materials
  bpmgw help       shows this

It reads the same environment as the server; see README.md.
`;

/** Carries out one command; gives the exit code. */
async function run(words: readonly string[]): Promise<number> {
  const [command = 'help', ...rest] = words;
  if (rest.length > 0) return refuse(`bpmgw ${command} takes no arguments.`);
  switch (command) {
    case 'migrate':
      await migrateDatabase();
      return 0;
    case 'restored':
      await holdDatabase();
      return 0;
    case 'rotate-credentials':
      return rotate();
    case 'sbom':
      process.stdout.write(await storedBill());
      return 0;
    case 'help':
    case '--help':
    case '-h':
      process.stdout.write(help);
      return 0;
    default:
      return refuse(`There is no command "${command}".`);
  }
}

async function migrateDatabase(): Promise<void> {
  const config = loadConfig();
  const closing = new Closing(new PinoLog(config.logLevel));
  try {
    await migrate((await databaseUrl(config, closing)).direct);
    process.stdout.write('The schema is up to date.\n');
  } finally {
    await closing.closeAll();
  }
}

async function holdDatabase(): Promise<void> {
  const config = loadConfig();
  const log = new PinoLog(config.logLevel, process.stderr);
  const closing = new Closing(log);
  try {
    const { direct } = await sharedDatabaseUrl(config, closing);
    await migrate(direct);
    const database = await openDatabase({ url: direct, poolSize: 1 });
    closing.add('database', () => database.destroy());
    const holds = new PostgresHolds(database, new DatabaseWatch(config.databaseFailover, log));
    const hold = await audited(database, { action: 'database.restored', target: 'database' }, () =>
      holds.open('The command bpmgw restored was given.'),
    );
    process.stdout.write(whatToDo(hold));
  } finally {
    await closing.closeAll();
  }
}

async function rotate(): Promise<number> {
  const config = loadConfig();
  const closing = new Closing(new PinoLog(config.logLevel, process.stderr));
  try {
    const { text, isWhole } = await rotateCredentials(config, closing);
    process.stdout.write(text);
    return isWhole ? 0 : 1;
  } finally {
    await closing.closeAll();
  }
}

function refuse(line: string): number {
  process.stderr.write(`${line}\n${help}`);
  return 2;
}

endOnCrash(new PinoLog('error', process.stderr));
try {
  process.exitCode = await run(process.argv.slice(2));
} catch (error) {
  process.stderr.write(`${redactedText(readableLines(error).join('\n'))}\n`);
  process.exitCode = 1;
}
