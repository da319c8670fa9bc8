/**
 * A line of `text/csv` (RFC 4180) of the fields of an item; no value is an empty cell, a list has `;` between its items, and an
 * object is JSON.
 */
export function csvLine(columns: readonly string[], item: Readonly<Record<string, unknown>>): string {
  return `${columns.map((column) => quoted(textOf(item[column]))).join(',')}\r\n`;
}

function textOf(value: unknown): string {
  if (value === null || value === undefined) return '';
  if (typeof value === 'string') return harmless(value);
  if (Array.isArray(value)) return harmless(value.join(';'));
  return JSON.stringify(value);
}

const decimal = /^-?\d+(\.\d+)?$/;

/**
 * Spreadsheets take a cell that begins like this for a formula, which names of callers' own choice must not become. An apostrophe
 * before it makes it a text there. Amounts below zero are numbers and stay as they are.
 */
const harmless = (text: string): string =>
  /^[=+\-@\t\r]/.test(text) && !decimal.test(text) ? `'${text}` : text;

const quoted = (text: string): string => (/[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);
