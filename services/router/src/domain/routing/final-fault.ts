import type { FaultCode } from '@weir/contracts/faults';
import { Fault } from '@weir/service-kit/fault';
import type { PassedOver } from './candidate.ts';

const lacks = {
  images: 'takes images',
  tools: 'takes tools',
  context: 'takes a request as long as this one',
} as const;

/** Reasons for which targets rest that say more than that they do. */
const tellable: ReadonlySet<FaultCode> = new Set<FaultCode>([
  'upstream_rate_limited',
  'upstream_credentials_rejected',
]);

/** What a caller is told where no target could be asked at all. */
export function noCandidateFault(passedOver: readonly PassedOver[], nowMs: number): Fault {
  const obstacles = passedOver.map(({ obstacle }) => obstacle);
  const resting = obstacles.filter((obstacle) => obstacle.kind === 'resting');
  const [first] = resting;
  if (first) {
    const retryAfterMs = Math.max(0, Math.min(...resting.map(({ untilMs }) => untilMs)) - nowMs);
    const shared = resting.every(({ reason }) => reason === first.reason) ? first.reason : undefined;
    const code = shared && tellable.has(shared) ? shared : 'no_target_available';
    return new Fault(code, { retryAfterMs });
  }
  const incapable = obstacles.find((obstacle) => obstacle.kind === 'incapable');
  if (incapable) {
    const message = `No target of the routing config ${lacks[incapable.lack]}.`;
    return new Fault(incapable.lack === 'context' ? 'context_length_exceeded' : 'unsupported_parameter', {
      message,
    });
  }
  const unresolved = obstacles.find((obstacle) => obstacle.kind === 'unresolved');
  if (unresolved) return unresolved.fault;
  return new Fault('invalid_request', {
    message: 'No condition of the routing config holds for this request, and it has no default.',
  });
}
