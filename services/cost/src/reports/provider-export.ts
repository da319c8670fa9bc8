import { arrayOf, recordOf } from '@weir/contracts/collections';
import { answerJsonLimits, type JsonLimits } from '@weir/contracts/limits';
import { parseBoundedJson } from '@weir/service-kit/bounded-json';
import { JsonLimitError } from '@weir/service-kit/json-meter';
import { Fault } from '@weir/service-kit/fault';
import { CsvError, parse } from 'csv-parse/sync';
import { z } from 'zod';
import type { ExportedLine, ExportReader, ExportRecord } from './export-cells.ts';
import { type ExportFormat, exportFormats } from './export-formats.ts';

export interface ProviderExport {
  readonly format: ExportFormat;
  readonly lines: readonly ExportedLine[];
}

const maxLines = 20_000;
/** So many lines with some fields each, and no more than is parsed in some ten milliseconds. */
const exportJsonLimits: JsonLimits = { ...answerJsonLimits, maxValues: 400_000 };
const maxLineCharacters = 64 * 1024;
/** More than a year of the ledger is not read for one comparison. */
const maxDays = 400;
const dayMs = 86_400_000;

/** Reads an export, of whatever kind it is. Throws where it is none that is known, and says what is wrong with which line. */
export function readProviderExport(content: string): ProviderExport {
  const text = content.replace(/^\ufeff/, '').trimStart();
  const records = /^[[{]/.test(text) ? readJson(text) : readCsv(text);
  const [first] = records;
  if (!first) throw wrongContent('has no rows.');
  if (records.length > maxLines) throw tooManyLines();
  const found = Object.entries(exportFormats).find(([, { isFormat }]) => isFormat(first)) as
    [ExportFormat, ExportReader] | undefined;
  if (!found) {
    const known = Object.values(exportFormats).map(({ title }) => title);
    throw wrongContent(`is not an export that is known. Known are ${known.join('; ')}.`);
  }
  const [format, reader] = found;
  const lines = records.map((record, index) => readLine(reader, record, index));
  const exported: ProviderExport = { format, lines };
  assertBounded(exported);
  return exported;
}

/** The first and the last day of an export. */
export function daysOf({ lines }: ProviderExport): { from: string; to: string } {
  const days = lines.map(({ day }) => day).sort();
  return { from: days[0] ?? '', to: days.at(-1) ?? '' };
}

function assertBounded(exported: ProviderExport): void {
  const { from, to } = daysOf(exported);
  if ((Date.parse(to) - Date.parse(from)) / dayMs >= maxDays) {
    throw wrongContent(`is of ${from} to ${to}: at most ${maxDays} days can be compared at once.`);
  }
  let counted = 0;
  for (const { inputTokens = 0, outputTokens = 0, requests = 0 } of exported.lines) {
    counted += inputTokens + outputTokens + requests;
  }
  if (!Number.isSafeInteger(counted)) throw wrongContent('has more tokens than can be counted.');
}

function readLine(reader: ExportReader, record: ExportRecord, index: number): ExportedLine {
  const parsed = reader.line.safeParse(record);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw wrongContent(
    `is not valid in row ${index + 1}: ${issue?.path.join('.') ?? ''} ${issue?.message ?? ''}.`,
  );
}

function readCsv(content: string): ExportRecord[] {
  // From a spreadsheet it may have come with tabs between.
  const [titles = ''] = content.split('\n', 1);
  const delimiter = titles.includes('\t') ? '\t' : ',';
  const options = { columns: true, skip_empty_lines: true, trim: true, delimiter } as const;
  try {
    return parse(content, { ...options, to: maxLines + 1, max_record_size: maxLineCharacters });
  } catch (error) {
    if (!(error instanceof CsvError)) throw error;
    throw wrongContent(`is not CSV in line ${Number(error['lines']) || 1}: ${error.message}.`);
  }
}

/** What a result has of its bucket; all else of a bucket is left out, since each of its results would have it. */
const bucketFields = ['start_time', 'starting_at'] as const;
const bucketSchema = z.object({
  start_time: z.unknown().optional(),
  starting_at: z.unknown().optional(),
  results: arrayOf(recordOf(z.string(), z.unknown())),
});
const pageSchema = z.object({ data: arrayOf(bucketSchema) });

/** Pages of an admin API, one or several in a list: each result with the times of its bucket. */
function readJson(content: string): ExportRecord[] {
  let value: unknown;
  try {
    value = parseBoundedJson(content, exportJsonLimits);
  } catch (error) {
    throw wrongContent(
      error instanceof JsonLimitError ? `is too large: ${error.message}.` : 'is not valid JSON.',
    );
  }
  const pages = arrayOf(pageSchema).safeParse(Array.isArray(value) ? value : [value]);
  if (!pages.success)
    throw wrongContent('is JSON, and not the answer of an admin API: { data: [{ results: [...] }] }.');
  const buckets = pages.data.flatMap(({ data }) => data);
  if (buckets.reduce((sum, { results }) => sum + results.length, 0) > maxLines) throw tooManyLines();
  return buckets.flatMap((bucket) => {
    const times = Object.fromEntries(
      bucketFields.flatMap((field) => (bucket[field] === undefined ? [] : [[field, bucket[field]]])),
    );
    return bucket.results.map((result) => ({ ...times, ...result }));
  });
}

const tooManyLines = () => wrongContent(`has more than ${maxLines} rows: export fewer days.`);

function wrongContent(problem: string): Fault {
  return new Fault('invalid_request', { message: `content ${problem}`, param: 'content' });
}
