import type { ChatRequest } from '@weir/contracts/chat/request';
import type { WireRequest } from '../domain/dialect.ts';
import type { Candidate } from '../domain/routing/candidate.ts';
import { toTarget } from '../domain/target.ts';
import type { EngineParts } from './engine-parts.ts';

/** A chat in the words of the candidate's provider. Throws a Fault where it cannot be said in them. */
export function wireFor(
  chat: ChatRequest,
  { provider, model }: Candidate,
  { upstreams, defaultOutputTokens }: Pick<EngineParts, 'upstreams' | 'defaultOutputTokens'>,
): WireRequest {
  const { dialect } = upstreams.of(provider);
  return dialect.request(chat, toTarget({ provider, model }, defaultOutputTokens));
}
