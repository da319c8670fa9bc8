import type { ChatRequest } from '@weir/contracts/chat/request';

/** Whether an answer is asked for that is not text, or not text alone. */
export function asksForMoreThanText({ modalities }: ChatRequest): boolean {
  return (modalities ?? []).some((modality) => modality !== 'text');
}
