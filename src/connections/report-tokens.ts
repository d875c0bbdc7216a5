import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import type { Log } from '../lib/log.js';
import { isConnectionKey } from './connection-key.js';
import { ConnectionNotFound } from './connection.errors.js';
import type { ReportTokenStore } from './report-token.store.js';

/** Compared with where there is none, so that the time tells nothing. */
const nobodys = randomBytes(32);

/** The tokens with which runs report, one for each connection: it stands in the templates of its portal. */
export class ReportTokens {
  constructor(
    private readonly store: ReportTokenStore,
    private readonly log: Log,
  ) {}

  /**
   * A new token, e.g. `bpmgw_report_8Jk2…`, to be shown now; it is nowhere afterwards, and the one before has ended.
   *
   * @param by  the client's name
   * @throws ConnectionNotFound
   */
  async issue(connection: string, by: string): Promise<string> {
    const token = `bpmgw_report_${randomBytes(32).toString('base64url')}`;
    const isKept = isConnectionKey(connection) && (await this.store.replace(connection, hashOf(token)));
    if (!isKept) throw new ConnectionNotFound(connection);
    this.log.info('report-token.issued', { connection, by });
    return token;
  }

  /** Whether this is the token of this connection; nothing tells whether the connection exists. */
  async proves(connection: string, token: string): Promise<boolean> {
    const kept = isConnectionKey(connection) ? await this.store.find(connection) : null;
    const isSame = timingSafeEqual(hashOf(token), kept ?? nobodys);
    return isSame && kept !== null;
  }
}

/** A token of 256 random bits needs no salt and no slow hash. */
function hashOf(token: string): Buffer {
  return createHash('sha256').update(token).digest();
}
