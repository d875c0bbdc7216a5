import { loadConfig } from './config.js';
import { startGateway, type Gateway } from './gateway.js';
import { endOnCrash } from './observability/crash.js';
import { PinoLog } from './observability/pino-log.js';
import { redactedText } from './observability/redact.js';
import { readableLines } from './startup-faults.js';

/** Starts the gateway as the environment says, and stops it in order when it is told to. */
async function main(): Promise<void> {
  try {
    const config = loadConfig();
    const log = new PinoLog(config.logLevel);
    endOnCrash(log);
    const gateway = await startGateway(config, log);
    stopOnSignal(gateway);
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

function stopOnSignal(gateway: Gateway): void {
  let isStopping = false;
  const stop = (): void => {
    // A second signal means that the person does not want to wait.
    if (isStopping) process.exit(1);
    isStopping = true;
    void gateway.close().then(() => process.exit(0));
  };
  process.on('SIGTERM', stop);
  process.on('SIGINT', stop);
}

await main();
