import type { Provider } from '@nestjs/common';
import { BulkStarts } from './http/bulk-starts.js';
import { Overloaded } from './http/door.errors.js';
import { Fingerprints } from './http/fingerprints.js';
import { Explained } from './http/problem.js';
import { PublicUrl } from './http/public-url.js';
import { KnownError } from './lib/known-error.js';
import { Log } from './lib/log.js';
import { ProcessReader } from './processes/process.reader.js';
import { StartProcess } from './processes/start-process.js';
import { provide } from './provide.js';
import { isDatabaseTrouble } from './storage/database-trouble.js';

/** Many starts in one request. */
export const bulkParts: Provider[] = [
  provide(
    BulkStarts,
    [StartProcess, ProcessReader, PublicUrl, Log, Fingerprints],
    (starts: StartProcess, reader: ProcessReader, url: PublicUrl, log: Log, fingerprints: Fingerprints) =>
      new BulkStarts({
        starts,
        reader,
        url,
        fingerprints,
        inOurWords: (error, traceId) => {
          if (error instanceof KnownError || error instanceof Explained) return error;
          if (isDatabaseTrouble(error)) return new Overloaded('unknown', { cause: error });
          log.error('request.failed', { traceId, route: 'bulk', error });
          return error;
        },
      }),
  ),
];
