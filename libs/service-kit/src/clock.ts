/** Time, as a dependency: tests own theirs. */
export interface Clock {
  /** Unix time in milliseconds. */
  nowMs(): number;
  /** Calls `task` every `intervalMs` until the returned function is called. It keeps no process alive. */
  every(intervalMs: number, task: () => void): () => void;
}

export const systemClock: Clock = {
  nowMs: () => Date.now(),
  every(intervalMs, task) {
    const timer = setInterval(task, intervalMs).unref();
    return () => {
      clearInterval(timer);
    };
  },
};
