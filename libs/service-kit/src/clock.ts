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
    // Timers come before sockets are read. What arrived while the process stood still must be read before anything is
    // called late, or it would be asked for, and paid for, twice.
    let due: NodeJS.Immediate | undefined;
    const timer = setInterval(() => {
      due = setImmediate(task);
    }, intervalMs).unref();
    return () => {
      clearInterval(timer);
      clearImmediate(due);
    };
  },
};
