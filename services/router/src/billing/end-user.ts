import type { ChatRequest } from '@weir/contracts/chat/request';

const maxLength = 256;

/** Whom the caller names in `user`, as far as it can be kept: cut, and without what a database takes for no text. */
export function endUserOf({ user }: Pick<ChatRequest, 'user'>): string | undefined {
  if (user === null || user === undefined || user === '') return undefined;
  const kept = user.slice(0, maxLength).replaceAll('\0', '').toWellFormed();
  return kept === '' ? undefined : kept;
}
