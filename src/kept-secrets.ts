import type { Config } from './config.js';
import { secretValues } from './lib/secret-values.js';

/** Remembers the secrets among the settings, so that nothing that is written can show them. */
export function keepSecretsOf(config: Config): void {
  if (config.bootstrapApiKey !== null) secretValues.keep(config.bootstrapApiKey);
  for (const { key } of config.credentialsKeys) {
    secretValues.keep(key.toString('base64'));
    secretValues.keep(key.toString('base64url'));
    secretValues.keep(key.toString('hex'));
  }
  const urls = [config.databaseUrl, config.databaseDirectUrl, config.databaseReadUrl];
  for (const url of urls) if (url !== null) keepPasswordOf(url);
}

/** Remembers the password in the address of a database. */
export function keepPasswordOf(databaseUrl: string): void {
  const { password } = new URL(databaseUrl);
  if (password === '') return;
  secretValues.keep(password);
  secretValues.keep(decoded(password));
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
