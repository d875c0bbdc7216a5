import { Gauge } from 'prom-client';

/** Streams of events as they are at the moment of a scrape. */
export interface OpenStreams {
  readonly open: number;
}

/** How many readers listen to the feed on this replica. */
export function feedCounts(streams: OpenStreams): Gauge {
  return new Gauge({
    name: 'bpmgw_event_streams',
    help: 'Streams of events that are open on this replica.',
    registers: [],
    collect() {
      this.set(streams.open);
    },
  });
}
