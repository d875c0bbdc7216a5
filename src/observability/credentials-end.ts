import { Gauge } from 'prom-client';

/** What is known of connections at the moment of a scrape. */
export interface EndingCredentials {
  /** When credentials end, by connection; those that do not end by themselves are absent. */
  credentialsEnd(): ReadonlyMap<string, Date>;
}

/** When the credentials of connections end. */
export function credentialsEnd(connections: EndingCredentials): Gauge {
  return new Gauge({
    name: 'bpmgw_credentials_end_timestamp_seconds',
    help: 'When the credentials of a connection end unless they are renewed before, which happens by itself.',
    labelNames: ['connection'],
    registers: [],
    collect() {
      this.reset();
      for (const [connection, at] of connections.credentialsEnd()) this.set({ connection }, at.getTime() / 1000);
    },
  });
}
