import type { FaultCode } from '@weir/contracts/faults';
import { Fault } from '@weir/service-kit/fault';
import type { UnavailableReason, UnavailableTarget } from './available-target.ts';

const capabilities = {
  images: 'takes images',
  tools: 'takes tools',
  context: 'takes a request as long as this one',
} as const;

/** Causes of a cooldown that tell the client more than that no target is available. */
const specificCodes: ReadonlySet<FaultCode> = new Set<FaultCode>([
  'upstream_rate_limited',
  'upstream_credentials_rejected',
]);

/** The fault of a request for which no target of the config was available. */
export function noTargetFault(unavailable: readonly UnavailableTarget[], nowMs: number): Fault {
  const reasons = unavailable.map(({ reason }) => reason);
  const unhealthy = reasons.filter((reason) => reason.kind === 'unhealthy');
  const [first] = unhealthy;
  if (first) {
    const retryAfterMs = Math.max(0, Math.min(...unhealthy.map(({ untilMs }) => untilMs)) - nowMs);
    const isShared = unhealthy.every(({ code }) => code === first.code);
    const code = isShared && specificCodes.has(first.code) ? first.code : 'no_target_available';
    return new Fault(code, { retryAfterMs });
  }
  const incapable = reasons.find((reason) => reason.kind === 'incapable');
  if (incapable) {
    const message = `No target of the routing config ${capabilities[incapable.missing]}.`;
    return new Fault(incapable.missing === 'context' ? 'context_length_exceeded' : 'unsupported_parameter', {
      message,
    });
  }
  const forbidden = reasons.find((reason) => reason.kind === 'forbidden');
  if (forbidden) return forbiddenFault(forbidden);
  const unresolved = reasons.find((reason) => reason.kind === 'unresolved');
  if (unresolved) return unresolved.fault;
  return new Fault('invalid_request', {
    message: 'No condition of the routing config holds for this request, and it has no default.',
  });
}

function forbiddenFault({ what, askedModel }: Extract<UnavailableReason, { kind: 'forbidden' }>): Fault {
  switch (what) {
    case 'model': {
      const message = `The API key may not use the model ${JSON.stringify(askedModel)}.`;
      return new Fault('model_not_allowed', { message, param: 'model' });
    }
    case 'provider':
      return new Fault('provider_not_allowed');
    case 'custom_host':
      return new Fault('custom_host_not_allowed');
  }
}
