/**
 * A preload for service processes of tests: `NODE_OPTIONS=--import=<this file>` and `WEIR_TEST_CLOCK_AHEAD_MS=2000` make a process whose
 * time of day is two seconds ahead, as on a host whose clock is. Monotonic time and timers are as they were.
 */
const aheadMs = Number(process.env['WEIR_TEST_CLOCK_AHEAD_MS'] ?? 0);
const RealDate = globalThis.Date;

globalThis.Date = class extends RealDate {
  constructor(...given: ConstructorParameters<typeof RealDate> | []) {
    if (given.length === 0) super(RealDate.now() + aheadMs);
    else super(...given);
  }

  static override now(): number {
    return RealDate.now() + aheadMs;
  }
} as DateConstructor;
