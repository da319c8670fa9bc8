/**
 * Calls `task` once when the signal is aborted, at once where it is already; never after the returned function was called.
 */
export function onAbort(signal: AbortSignal, task: () => void): () => void {
  if (signal.aborted) task();
  else signal.addEventListener('abort', task, { once: true });
  return () => {
    signal.removeEventListener('abort', task);
  };
}
