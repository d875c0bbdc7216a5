import { DataSource } from 'typeorm';

/** A pool that was never opened, for putting parts together without asking them anything. */
export function noDatabase(): DataSource {
  return new DataSource({ type: 'postgres' });
}
