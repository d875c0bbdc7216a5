import type { Plan } from './plan.js';
import { accepted, bulks, queuedLine, type Queued } from './queued.js';
import { line } from './report.js';
import { measure, type Round } from './round.js';
import { targetOf, type Workbench } from './workbench.js';

type Say = (text: string) => void;

/** 202s of the limit and of the gateway, in the other order each second time. */
export async function acceptedRound(
  bench: Workbench,
  plan: Plan,
  number: number,
): Promise<readonly [limit: Queued, gateway: Queued]> {
  const load = { callers: Math.min(64, Math.max(...plan.callers)), seconds: plan.seconds };
  const [limit, gateway] = [targetOf(bench, 'limit'), targetOf(bench, 'gateway')];
  if (number % 2 === 0) return [await accepted(bench, limit, load), await accepted(bench, gateway, load)];
  const later = await accepted(bench, gateway, load);
  return [await accepted(bench, limit, load), later];
}

/** Many starts in one request, sent as they are accepted. */
export function bulkRound(bench: Workbench, plan: Plan): Promise<Queued> {
  return bulks(bench, targetOf(bench, 'gateway'), { starts: plan.starts.bulk, isHeld: false });
}

/** The gateway's own 201s, and then a backlog that is let go. */
export async function backlogRound(
  bench: Workbench,
  plan: Plan,
): Promise<{ readonly own: Round; readonly backlog: Queued }> {
  const gateway = targetOf(bench, 'gateway');
  const callers = Math.min(64, Math.max(...plan.callers));
  const own = await measure(bench, gateway, { callers, seconds: plan.seconds });
  return { own, backlog: await bulks(bench, gateway, { starts: plan.starts.backlog, isHeld: true }) };
}

/** One round of what the plan names, said in lines; the last of it belongs to the gateway. */
export async function queueRound(
  bench: Workbench,
  plan: Plan,
  { number, say }: { number: number; say: Say },
): Promise<Queued> {
  if (plan.measures === 'backlog') {
    const { own, backlog } = await backlogRound(bench, plan);
    say(`${line(own)}\n${queuedLine(backlog)}`);
    return backlog;
  }
  if (plan.measures === 'bulk') {
    const bulk = await bulkRound(bench, plan);
    say(queuedLine(bulk));
    return bulk;
  }
  const [limit, gateway] = await acceptedRound(bench, plan, number);
  say(`${queuedLine(limit)}\n${queuedLine(gateway)}`);
  return gateway;
}
