import type { ChatRequest } from '@weir/contracts/chat/request';
import type { Upstream } from '../adapters/upstream.ts';
import type { WireRequest } from '../domain/dialect.ts';
import type { Candidate } from '../domain/routing/candidate.ts';
import { withOverrides } from '../domain/routing/overrides.ts';
import { toTarget } from '../domain/target.ts';

/** The request in the provider's words. Throws a Fault where it cannot be said in them. */
export function wireFor(
  chat: ChatRequest,
  { target, provider, model }: Candidate,
  upstream: Upstream,
  defaultOutputTokens: number,
): WireRequest {
  return upstream.dialect.request(
    withOverrides(chat, target.overrides),
    toTarget({ provider, model }, defaultOutputTokens),
  );
}
