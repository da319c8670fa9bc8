import type { Envelope } from '@weir/contracts/envelope';
import type { Logger } from '@weir/service-kit/logger';
import { traceIdOf } from '@weir/service-kit/trace-context';
import { isOfProvider, type Failure } from '../domain/failure.ts';
import { maxWordsLength } from '../domain/provider-words.ts';
import type { AvailableTarget, CredentialSlot } from '../domain/routing/available-target.ts';

interface LogParts {
  readonly candidate: AvailableTarget;
  readonly slot: CredentialSlot;
  readonly envelope: Envelope;
  readonly logger: Logger;
}

/** All that leads to the cause of an attempt's failure, in one line: also of what the caller has to mend. */
export function logFailure(failure: Failure, { candidate, slot, envelope, logger }: LogParts): void {
  const { code, cause, owner } = failure.fault;
  // Operators want to see who tries to reach into their network.
  if (!isOfProvider(failure) && code !== 'host_not_allowed') return;
  const { target, provider, model } = candidate;
  const fields = {
    code,
    status: failure.status,
    cause: cause instanceof Error ? bounded(cause.message) : undefined,
    target: target.name ?? target.path,
    provider: provider.name,
    host: slot.healthKey.host,
    model: bounded(model.id),
    requestId: envelope.requestId,
    traceId: traceIdOf(envelope.traceparent),
  };
  if (owner === 'provider') logger.warn(fields, 'a provider failed');
  else logger.info(fields, 'a provider refused a request');
}

/** Room for the provider's words, and for what stands before them. */
const maxLength = maxWordsLength + 200;

/** A text from outside, so that it fills no log and cannot change what stands around it. */
function bounded(text: string): string {
  return text.slice(0, maxLength).replace(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu, ' ');
}
