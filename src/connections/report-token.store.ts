/** The proof that runs at a connection carry; only its hash is kept. */
export interface ReportTokenStore {
  /** Puts this one in the place of the one before. False: there is no such connection. */
  replace(connection: string, hash: Buffer): Promise<boolean>;
  /** `null`: it has none. */
  find(connection: string): Promise<Buffer | null>;
}
export const ReportTokenStore = Symbol('ReportTokenStore');
