import { chatRequestSchema } from '../chat/request.ts';
import { streamEndpoint } from '../descriptors.ts';
import { completionHeadSchema, completionTrailerSchema } from '../router.ts';

/**
 * Completes a chat behind guardrails: the request is screened, completed by the router, and its answer screened, as the
 * policies in the envelope say. Everything else is as with `router.complete`, which the service asks in turn: what it changes is
 * the texts. A request that is denied ends with `content_policy_violation` or `guardrail_denied`, a stream that is denied after its first
 * content with a finish reason `content_filter`.
 */
export const completeScreened = streamEndpoint('guardrails.complete', {
  request: chatRequestSchema,
  head: completionHeadSchema,
  trailer: completionTrailerSchema,
  acceptTimeoutMs: 1_000,
  idleTimeoutMs: 600_000,
  timeoutMs: 600_000,
});
