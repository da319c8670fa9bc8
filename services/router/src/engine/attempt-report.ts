import type { AttemptMade } from '@weir/contracts/usage-events';
import { withShortWords } from '../dialects/short-word.ts';
import type { Access, Candidate } from '../domain/routing/candidate.ts';
import type { Asked } from './asked.ts';
import type { AttemptResult } from './attempt.ts';
import { mayBeBilled } from './billing.ts';

/** An attempt that is over. */
export interface EndedAttempt {
  /** From 1, in the order in which a request's attempts began. */
  readonly number: number;
  readonly candidate: Candidate;
  readonly access: Access;
  readonly purpose: AttemptMade['purpose'];
  /** Unix time in milliseconds. */
  readonly startedAtMs: number;
  readonly latencyMs: number;
  readonly firstContentMs: number | undefined;
  readonly outcome: string;
  readonly result: AttemptResult;
}

/** What accounting is told of an attempt. It holds nothing of what was asked or answered. */
export function toAttemptMade({ chat, envelope, configName }: Asked, ended: EndedAttempt): AttemptMade {
  const { candidate, access, firstContentMs, result } = ended;
  return {
    requestId: envelope.requestId,
    attempt: ended.number,
    tenant: envelope.tenant,
    startedAtMs: ended.startedAtMs,
    latencyMs: ended.latencyMs,
    ...(firstContentMs !== undefined && { firstContentMs }),
    provider: candidate.provider.name,
    model: candidate.model.id,
    modelAsked: chat.model,
    ...(configName !== undefined && { config: configName, path: candidate.target.path }),
    ...(access.credential && { credential: access.credential.fingerprint }),
    purpose: ended.purpose,
    outcome: ended.outcome,
    maybeBilled: mayBeBilled(result),
    streamed: chat.stream === true,
    usage: withShortWords(result.usage),
    // Once for a request: it may be as long as all the rest.
    ...(envelope.metadata && ended.number === 1 && { metadata: envelope.metadata }),
  };
}
