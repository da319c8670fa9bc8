import type { Endpoint, StreamEndpoint } from '@weir/contracts/descriptors';
import { completeScreened } from '@weir/contracts/guardrails/screening';
import { verifyKey } from '@weir/contracts/keys/verification';
import type { Bus } from '@weir/service-kit/bus/bus';
import type { Clock } from '@weir/service-kit/clock';
import type { Problems } from '@weir/service-kit/problems';

interface ProbeParts {
  readonly bus: Pick<Bus, 'connected' | 'probe'>;
  readonly clock: Clock;
  readonly problems: Pick<Problems, 'report' | 'clear'>;
}

const probeIntervalMs = 5_000;
const probeMs = 1_000;

/** What some requests need, and what becomes of them without it. An ingress without it is ready for all others. */
const needs: readonly (readonly [endpoint: Endpoint | StreamEndpoint, without: string])[] = [
  [completeScreened, 'what has to pass a guardrail policy that protects is refused'],
  [verifyKey, 'keys that this process does not know yet are refused'],
];

/** Asks by the way of requests whether those answer whom some requests need, and tells operators where one of them does not. */
export function startPeerProbes({ bus, clock, problems }: ProbeParts): () => void {
  const unanswered = new Set<string>();
  const probe = async ([endpoint, without]: (typeof needs)[number]) => {
    const { service } = endpoint;
    const problem = `no answer from ${service}`;
    const outcome = await bus.probe(endpoint, probeMs);
    if (outcome === 'answered' || outcome === 'full') {
      unanswered.delete(service);
      problems.clear(problem);
    } else if (unanswered.has(service)) {
      const message = `no instance of ${service} answers at ${endpoint.subject}: ${without}`;
      problems.report(problem, { code: 'service_unavailable', message, blocks: false });
      // Once is a restart.
    } else unanswered.add(service);
  };
  return clock.every(probeIntervalMs, () => {
    if (!bus.connected) return;
    for (const need of needs) void probe(need).catch(() => undefined);
  });
}
