import { isDoneWithin, type Clock } from '../../../clock.ts';
import type { DurablePublisher } from './durable-publisher.ts';

/** However long the work took, what it has published is given this long to be stored. */
const minWaitMs = 2_000;

/** Long enough for a cluster to choose a leader. Where JetStream fails for longer, it is not waited for in vain. */
const failureLimitMs = 5_000;

const checkIntervalMs = 250;

/** Waits until JetStream has everything that was published, until `untilMs`, or for as long as it is worth it. */
export async function untilStored(
  publisher: Pick<DurablePublisher, 'isFailing' | 'settled'>,
  untilMs: number,
  clock: Clock,
): Promise<void> {
  const startedAtMs = clock.nowMs();
  const lastMs = Math.max(untilMs, startedAtMs + minWaitMs);
  const limitMs = () => (publisher.isFailing ? Math.min(lastMs, startedAtMs + failureLimitMs) : lastMs);
  const settled = publisher.settled();
  for (let leftMs = lastMs - startedAtMs; leftMs > 0; leftMs = limitMs() - clock.nowMs()) {
    if (await isDoneWithin(settled, Math.min(leftMs, checkIntervalMs), clock)) return;
  }
}
