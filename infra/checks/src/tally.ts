/** What a run came to. A check counts as one, as a test does. */
export interface Tally {
  readonly passed: number;
  readonly failed: number;
  /** What failed and why, a line each: a log that is cut short keeps its end. */
  readonly failures: readonly string[];
  /** One entry a skipped test: its name and why it was skipped. */
  readonly skipped: readonly { readonly name: string; readonly reason: string }[];
}

export const emptyTally: Tally = { passed: 0, failed: 0, failures: [], skipped: [] };

export function addTallies(...tallies: readonly Tally[]): Tally {
  return {
    passed: tallies.reduce((sum, { passed }) => sum + passed, 0),
    failed: tallies.reduce((sum, { failed }) => sum + failed, 0),
    failures: tallies.flatMap(({ failures }) => failures),
    skipped: tallies.flatMap(({ skipped }) => skipped),
  };
}

/** What failed, the skipped tests with their reasons, and as the last line the sums alone, for programs that read them. */
export function tallyLines({ passed, failed, failures, skipped }: Tally): string {
  return [
    ...failures.map((failure) => `failed: ${failure}`),
    ...skipped.map(({ name, reason }) => `skipped: ${name}: ${reason}`),
    `${passed} passed, ${failed} failed, ${skipped.length} skipped`,
  ].join('\n');
}
