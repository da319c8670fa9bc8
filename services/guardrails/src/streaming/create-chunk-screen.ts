import type { AnyCheck } from '../domain/check.ts';
import type { CompiledScreening } from '../domain/compiled-policy.ts';
import type { Placeholders } from '../masking/placeholders.ts';
import type { Screener } from '../screening/screener.ts';
import type { ChunkScreen } from './chunk-screen.ts';
import { StreamFilter } from './stream-filter.ts';
import { BufferedStream, ReportedStream } from './whole-stream.ts';

/**
 * How a streamed answer passes its checks: as it is where they do no more than report; at once when all of it has come where one
 * of them needs all of it; else as it comes.
 */
export function createChunkScreen(
  { policies, mode }: CompiledScreening,
  screener: Screener,
  placeholders: Placeholders,
): ChunkScreen {
  const checks = policies.flatMap((policy) => policy.checks);
  const acting = checks.filter(isActing);
  if (checks.length === 0 && !placeholders.hasValues) return passing;
  if (acting.length === 0 && !placeholders.hasValues) return new ReportedStream({ screener });
  const needsAll = acting.some((check) => check.kind === 'whole' && check.unit === 'answer');
  if (acting.length > 0 && (needsAll || mode === 'buffered')) {
    return new BufferedStream({ screener, placeholders });
  }
  const filter = new StreamFilter({ screener: screener.only(isActing), placeholders });
  if (acting.length === checks.length) return filter;
  return withReports(filter, new ReportedStream({ screener: screener.only((check) => !isActing(check)) }));
}

const passing: ChunkScreen = { push: async (chunk) => [chunk], end: async () => [] };

const isActing = ({ reportsOnly }: AnyCheck) => reportsOnly !== true;

function withReports(filter: StreamFilter, reports: ReportedStream): ChunkScreen {
  return {
    async push(chunk) {
      await reports.push(chunk);
      return filter.push(chunk);
    },
    async end() {
      const left = await filter.end();
      await reports.end();
      return left;
    },
    get refusal() {
      return filter.refusal;
    },
  };
}
