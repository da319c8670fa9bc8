/** How a user, npm or the system asks the launcher to end. */
export interface StopRequests {
  /** Resolves at the first request. */
  readonly asked: Promise<void>;
  /** Resolves at a second one: the user does not want to wait. */
  readonly insisted: Promise<void>;
}

/**
 * One Ctrl-C can arrive more than once: from the terminal, which sends it to every process of the foreground, from npm
 * and from start.mjs, which hand it on. What comes this soon after the first is the same key.
 */
const sameKeyMs = 500;

/** Listens for signals, and for the end of the process that started this one. */
export function listenForStopRequests(): StopRequests {
  const asked = Promise.withResolvers<undefined>();
  const insisted = Promise.withResolvers<undefined>();
  let firstAtMs: number | undefined;
  const onRequest = () => {
    firstAtMs ??= performance.now();
    asked.resolve(undefined);
    if (performance.now() - firstAtMs > sameKeyMs) insisted.resolve(undefined);
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, onRequest);
  process.on('disconnect', onRequest);
  return { asked: asked.promise, insisted: insisted.promise };
}
