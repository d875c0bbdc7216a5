import { arm, watchStations, type Armed } from './kill-points.js';

/** A replica of its own: it loads what it needs, says so, and becomes a gateway when it is told to. */
type Order = 'begin' | Armed;

// It must not outlive a test run that is killed.
process.once('disconnect', () => process.exit());
watchStations(process.env['DATABASE_URL'] ?? '');
await Promise.all([import('../../src/gateway.js'), import('../../src/opened-door.js')]);
process.on('message', (order: Order) => {
  if (order === 'begin') void import('../../src/main.js');
  else arm(order);
});
process.send?.('loaded');
