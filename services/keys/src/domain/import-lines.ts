import { virtualKeyInputSchema } from '@weir/contracts/admin/virtual-keys';
import { documentJsonLimits, requestJsonLimits } from '@weir/contracts/limits';
import { parseBoundedJson } from '@weir/service-kit/bounded-json';
import { JsonLimitError, JsonMeter } from '@weir/service-kit/json-meter';
import { isJsonObject, parseWithLongNumbers } from '@weir/service-kit/exact-json';
import { Fault } from '@weir/service-kit/fault';
import { CsvError, parse, type Info } from 'csv-parse/sync';

/** A line of an import: what it says of a key, or what is wrong with it. */
export type ImportLine = { readonly line: number } & (
  { readonly fields: Record<string, unknown> } | { readonly problem: string }
);

export type ImportFormat = 'csv' | 'jsonl';

export const maxImportLines = 1_000;
const maxLineCharacters = 256 * 1024;
/** Those that are empty among them. */
const maxTextLines = 20_000;

/** The keys that a text asks for, each with the number of its line, from 1. Throws where there is none, or too many. */
export function readImportLines(format: ImportFormat, content: string): ImportLine[] {
  const lines = format === 'csv' ? readCsv(content) : readJsonLines(content);
  if (lines.length === 0) throw wrongContent('names no key');
  if (lines.length > maxImportLines) throw wrongContent(`has more than ${maxImportLines} keys`);
  return lines;
}

/** All lines together are measured against one limit, and what stands behind the last that may be there is not looked at. */
function readJsonLines(content: string): ImportLine[] {
  const lines: ImportLine[] = [];
  const meter = new JsonMeter(requestJsonLimits);
  let line = 1;
  for (let from = content.startsWith('\ufeff') ? 1 : 0; from < content.length; line++) {
    const end = content.indexOf('\n', from);
    const text = content.slice(from, end === -1 ? content.length : end).trim();
    if (text !== '') lines.push(readJsonLine(line, text, meter));
    if (lines.length > maxImportLines) return lines;
    if (line > maxTextLines) throw wrongContent(`has more than ${maxTextLines} lines`);
    from = end === -1 ? content.length : end + 1;
  }
  return lines;
}

function readJsonLine(line: number, text: string, meter: JsonMeter): ImportLine {
  try {
    meter.measure(text);
    const value = parseWithLongNumbers(text, meter.longNumberPlaces);
    meter.endText();
    if (isJsonObject(value)) return { line, fields: value };
  } catch (error) {
    if (error instanceof JsonLimitError) throw wrongContent(`is too large: ${error.message}`);
    meter.endText();
  }
  return { line, problem: 'The line is not a JSON object.' };
}

function readCsv(content: string): ImportLine[] {
  const options = { bom: true, info: true, relax_column_count: true, skip_empty_lines: true, trim: true };
  const limits = { to: maxImportLines + 2, max_record_size: maxLineCharacters };
  let records: { record: string[]; info: Info }[];
  try {
    records = parse(content, { ...options, ...limits }) as unknown as typeof records;
  } catch (error) {
    if (!(error instanceof CsvError)) throw error;
    return [{ line: Number(error['lines']) || 1, problem: `The line is not CSV: ${error.message}.` }];
  }
  const [header, ...others] = records;
  if (!header) return [];
  const wrongHeader = problemOf(header.record);
  if (wrongHeader !== undefined) return [{ line: firstLineOf(header), problem: wrongHeader }];
  return others.map((row) => {
    const line = firstLineOf(row);
    return row.record.length === header.record.length
      ? readCells(line, header.record, row.record)
      : {
          line,
          problem: `The line has ${row.record.length} cells, and the first one has ${header.record.length}.`,
        };
  });
}

/** The parser tells on which line a record ends. */
function firstLineOf({ info, record }: { record: string[]; info: Info }): number {
  return info.lines - record.reduce((breaks, cell) => breaks + cell.split('\n').length - 1, 0);
}

function problemOf(header: readonly string[]): string | undefined {
  const known = Object.keys(virtualKeyInputSchema.shape);
  const unknown = header.find((name) => !known.includes(name));
  if (unknown !== undefined)
    return `${JSON.stringify(unknown.slice(0, 64))} is not a known field. Known are ${known.join(', ')}.`;
  const twice = header.find((name, index) => header.indexOf(name) !== index);
  return twice === undefined ? undefined : `${twice} is there twice.`;
}

const textFields = new Set([
  ...['name', 'organisation_id', 'team_id', 'user_id', 'config', 'guardrail_policy', 'cache', 'expires_at'],
]);

function readCells(line: number, names: readonly string[], cells: readonly string[]): ImportLine {
  const fields: Record<string, unknown> = {};
  for (const [index, cell] of cells.entries()) {
    const name = names[index] ?? '';
    // An empty cell is a field that is not given.
    if (cell === '') continue;
    fields[name] = textFields.has(name) ? cell : readCell(cell);
  }
  return { line, fields };
}

/** A cell has the limits of one key, and not of a document: there may be thousands. */
const cellJsonLimits = { ...documentJsonLimits, maxValues: 1_000 };

/** `null`, `true`, `false`, `[...]` and `{...}` are JSON; anything else is a list, with white space between its items. */
function readCell(cell: string): unknown {
  if (!/^(null|true|false|\[.*\]|\{.*\})$/s.test(cell)) return cell.split(/\s+/);
  try {
    return parseBoundedJson(cell, cellJsonLimits);
  } catch {
    // The schema says what it expects instead.
    return cell;
  }
}

function wrongContent(problem: string): Fault {
  return new Fault('invalid_request', { message: `content ${problem}.`, param: 'content' });
}
