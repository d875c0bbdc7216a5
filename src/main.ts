import { setFlagsFromString } from 'node:v8';
import { loadConfig } from './config.js';
import { startGateway, type Gateway } from './gateway.js';
import { endOnCrash } from './observability/crash.js';
import { PinoLog } from './observability/pino-log.js';
import { redactedText } from './observability/redact.js';
import { standardOutput, type Lines } from './observability/standard-output.js';
import { readableLines } from './startup-faults.js';

/** So many that callers do not wait in the kernel, unseen, while there is much to do. */
const acceptors = 32;

/**
 * By how much the heap may have grown, in per cent, until it is cleared: without a bound V8 lets it grow by several times
 * of what lives, since the machine has more. A limit of the whole heap would end the gateway instead.
 */
const heapGrowingPercent = 80;

/** Starts the gateway as the environment says, and stops it in order when it is told to. */
async function main(): Promise<void> {
  setFlagsFromString(`--heap-growing-percent=${heapGrowingPercent}`);
  try {
    const config = loadConfig();
    const lines = standardOutput((dropped) => log.warn('log.lines-dropped', { lines: dropped }));
    const log: PinoLog = new PinoLog(config.logLevel, lines);
    endOnCrash(log);
    const gateway = await startGateway(config, log, acceptors);
    stopOnSignal(gateway, lines);
    process.stdout.write(`${greeting(gateway, config.auth)}\n`);
  } catch (error) {
    process.stderr.write(`${redactedText(readableLines(error).join('\n'))}\n`);
    // Not process.exit: what was written must get out first.
    process.exitCode = 1;
  }
}

function greeting({ publicUrl }: Gateway, auth: boolean): string {
  return [
    `BPM gateway  ${publicUrl}/v1`,
    `docs         ${publicUrl}/docs`,
    `contract     ${publicUrl}/openapi.yaml`,
    ...(auth ? [] : ['AUTH is off: everybody who reaches this address is an administrator.']),
  ].join('\n');
}

function stopOnSignal(gateway: Gateway, lines: Lines): void {
  let isStopping = false;
  const stop = (): void => {
    // A second signal means that the person does not want to wait.
    if (isStopping) process.exit(1);
    isStopping = true;
    void gateway.close().then(() => {
      lines.end();
      process.exit(0);
    });
  };
  process.on('SIGTERM', stop);
  process.on('SIGINT', stop);
}

await main();
