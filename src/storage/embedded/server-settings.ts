/** What the server is told unless the caller says otherwise. Small in memory: it shares a machine with the gateway. */
const usual: Readonly<Record<string, string>> = {
  shared_buffers: '64MB',
  max_connections: '100',
  timezone: 'UTC',
  log_timezone: 'UTC',
  // Statements and the values in their errors are callers' business, so the log does not repeat them.
  log_min_messages: 'warning',
  log_min_error_statement: 'panic',
  log_error_verbosity: 'terse',
  log_checkpoints: 'off',
};

/** A commit that was answered is on disk. */
const durably = { fsync: 'on', full_page_writes: 'on', synchronous_commit: 'on' };

/** For tests: fast, and lost with the machine. */
const carelessly = { fsync: 'off', full_page_writes: 'off', synchronous_commit: 'off' };

/** The server's settings; those that are given win. */
export function serverSettings(durable: boolean, given: Readonly<Record<string, string>>): Record<string, string> {
  return { ...usual, ...(durable ? durably : carelessly), ...given };
}
