/** What a database says of itself, by the name of the setting, e.g. `fsync` → `on`. */
export type DatabaseSettings = Readonly<Record<string, string>>;

/** Whether what was committed is kept. `this_server`: as long as the disk of the one server is. */
export interface Durability {
  readonly isKept: 'yes' | 'this_server' | 'no' | 'unknown';
  /** For people; names in backquotes. */
  readonly sentence: string;
}

/** The settings that decide it. */
export const durabilitySettings = [
  'fsync',
  'full_page_writes',
  'synchronous_commit',
  'synchronous_standby_names',
] as const;

/**
 * Whether I1 to I4 hold with these settings.
 *
 * @param settings  `null`: they could not be read
 * @see https://www.postgresql.org/docs/current/runtime-config-wal.html
 */
export function durabilityOf(settings: DatabaseSettings | null): Durability {
  if (!settings) return { isKept: 'unknown', sentence: 'The database did not tell its settings, so nothing is said.' };
  const { fsync, full_page_writes: fullPages, synchronous_commit: commit, synchronous_standby_names: names } = settings;
  if (fsync !== 'on') {
    return no('`fsync` is not on: what was committed can be lost when the machine stops.');
  }
  if (commit === 'off') {
    return no('`synchronous_commit` is off: commits of the last moments can be lost when the server stops.');
  }
  if (fullPages !== 'on') {
    return no('`full_page_writes` is off: a page that was half written when the machine stopped can be lost.');
  }
  if (names === undefined || names === '' || commit === 'local') {
    return {
      isKept: 'this_server',
      sentence:
        'I1 to I4 hold as long as the disk of this database server is there: commits are on it before they count, but no ' +
        'standby has them for sure. After a failover or a restore the newest ones may be missing.',
    };
  }
  return {
    isKept: 'yes',
    sentence: 'I1 to I4 hold, after a failover to a synchronous standby too: it has each commit before that counts.',
  };
}

function no(because: string): Durability {
  return { isKept: 'no', sentence: `I1 to I4 do not hold: ${because}` };
}
