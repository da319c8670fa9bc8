import { Fault } from '@weir/service-kit/fault';
import { CsvError, parse } from 'csv-parse/sync';
import { z } from 'zod';
import {
  type ExportedLine,
  type ExportFormat,
  exportFormats,
  type ExportReader,
  type ExportRecord,
} from './export-formats.ts';

export interface ProviderExport {
  readonly format: ExportFormat;
  readonly lines: readonly ExportedLine[];
}

const maxLines = 20_000;
const maxLineCharacters = 64 * 1024;

/** Reads an export, of whatever kind it is. Throws where it is none that is known, and says what is wrong with which line. */
export function readProviderExport(content: string): ProviderExport {
  const text = content.replace(/^\ufeff/, '').trimStart();
  const records = /^[[{]/.test(text) ? readJson(text) : readCsv(text);
  const [first] = records;
  if (!first) throw wrongContent('has no rows.');
  if (records.length > maxLines) throw wrongContent(`has more than ${maxLines} rows: export fewer days.`);
  const found = Object.entries(exportFormats).find(([, { isFormat }]) => isFormat(first)) as
    [ExportFormat, ExportReader] | undefined;
  if (!found) {
    const known = Object.values(exportFormats).map(({ title }) => title);
    throw wrongContent(`is not an export that is known. Known are ${known.join('; ')}.`);
  }
  const [format, reader] = found;
  return { format, lines: records.map((record, index) => readLine(reader, record, index)) };
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

const bucketSchema = z.looseObject({ results: z.array(z.looseObject({})) });
const pageSchema = z.looseObject({ data: z.array(bucketSchema) });

/** Pages of an admin API, one or several in a list: each result with the times of its bucket. */
function readJson(content: string): ExportRecord[] {
  let value: unknown;
  try {
    value = JSON.parse(content);
  } catch {
    throw wrongContent('is not valid JSON.');
  }
  const pages = z.array(pageSchema).safeParse(Array.isArray(value) ? value : [value]);
  if (!pages.success)
    throw wrongContent('is JSON, and not the answer of an admin API: { data: [{ results: [...] }] }.');
  return pages.data.flatMap(({ data }) =>
    data.flatMap(({ results, ...bucket }) => results.map((result) => ({ ...bucket, ...result }))),
  );
}

function wrongContent(problem: string): Fault {
  return new Fault('invalid_request', { message: `content ${problem}`, param: 'content' });
}
