import { askSignedIn } from '../connections/ask-signed-in.js';
import type { Portals } from '../connections/portals.js';
import { liveReadErrorOf } from '../platforms/live-read.errors.js';
import { PlatformError, Refused } from '../platforms/platform.errors.js';
import type { SigningProvider, SigningProviderQuery } from '../platforms/signing-provider.js';
import { NotFound, Unsupported } from '../processes/process.errors.js';

const readTimeoutMs = 20_000;

/** Reads from portals who can sign for a company. */
export class ListSigningProviders {
  constructor(private readonly portals: Portals) {}

  /** @throws NotFound, Unsupported, LiveReadError; Refused('not_found', 'rejected') where the company is at fault */
  async of(connection: string, query: SigningProviderQuery): Promise<readonly SigningProvider[]> {
    const portal = await this.portals.of(connection);
    if (!portal) throw new NotFound(`connection "${connection}"`);
    const call = { signal: AbortSignal.timeout(readTimeoutMs) };
    try {
      return await askSignedIn(
        this.portals,
        portal,
        async (platform, given) => {
          if (platform.signingProviders) return platform.signingProviders(query, given);
          throw new Unsupported(
            `This connection to ${portal.kind.name} sends no documents to be signed: that takes an application there, ` +
              'registered as a connection with auth type "oauth".',
          );
        },
        call,
      );
    } catch (error) {
      if (!(error instanceof PlatformError) || isOfCompany(error)) throw error;
      throw liveReadErrorOf(error);
    }
  }
}

/** Whether the company that was named is at fault. */
export function isOfCompany(error: unknown): error is Refused {
  return error instanceof Refused && (error.because === 'not_found' || error.because === 'rejected');
}
