import type { Clock } from '@weir/service-kit/clock';
import { Fault } from '@weir/service-kit/fault';
import type { Timeouts } from '../domain/routing/compiled-config.ts';

/**
 * Aborts an attempt that takes too long as a whole, or a stream whose first content does. Without a limit there is no
 * controller, which would cost more than it is worth.
 */
export function limitTime(
  signal: AbortSignal,
  { totalMs, firstContentMs }: Pick<Timeouts, 'totalMs' | 'firstContentMs'>,
  clock: Clock,
) {
  const nothing = () => undefined;
  if (totalMs === undefined && firstContentMs === undefined) {
    return { signal, release: nothing, contentHasCome: nothing };
  }
  const controller = new AbortController();
  const abortAfter = (limitMs: number | undefined, cause?: Error) =>
    limitMs === undefined
      ? nothing
      : clock.after(limitMs, () => {
          controller.abort(new Fault('upstream_timeout', { cause }));
        });
  const stopTotal = abortAfter(totalMs);
  const contentHasCome = abortAfter(firstContentMs, new Error(`No content within ${firstContentMs} ms`));
  const release = () => {
    stopTotal();
    contentHasCome();
  };
  return { signal: AbortSignal.any([signal, controller.signal]), release, contentHasCome };
}
