/** How a user, npm or the system asks the launcher to end. */
export interface StopSignals {
  /** Resolves at the first: everything is to stop in good order. */
  readonly stop: Promise<void>;
  /** Resolves at a second one: the user does not want to wait. */
  readonly forceStop: Promise<void>;
}

/**
 * One Ctrl-C can arrive more than once: from the terminal, which sends it to every process of the foreground, from npm
 * and from start.mjs, which hand it on. What comes this soon after the first is the same key.
 */
const sameKeyMs = 500;

/** Listens for signals, and for the end of the process that started this one. */
export function listenForStopSignals(): StopSignals {
  const stop = Promise.withResolvers<undefined>();
  const forceStop = Promise.withResolvers<undefined>();
  let firstAtMs: number | undefined;
  const onSignal = () => {
    firstAtMs ??= performance.now();
    stop.resolve(undefined);
    if (performance.now() - firstAtMs > sameKeyMs) forceStop.resolve(undefined);
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, onSignal);
  process.on('disconnect', onSignal);
  return { stop: stop.promise, forceStop: forceStop.promise };
}
