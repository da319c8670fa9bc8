import { columns as aligned, table } from '../terminal-text.ts';
import type { AdminCommand, Column, Presentation } from './admin-command.ts';

type Fields = Readonly<Record<string, unknown>>;

/** A list as a table, a record as a line for each of its fields. */
export function present({ columns, verb }: AdminCommand, reply: unknown): Presentation {
  const fields = reply as Fields;
  if (Array.isArray(fields['data'])) return presentList(columns ?? [], fields['data'] as Fields[]);
  if (fields['deleted'] === true)
    return { result: `deleted ${asText('id', fields['id'] ?? fields['name'])}` };
  return { result: recordText(fields), ...(verb === 'create' && { notes: ['It is made.'] }) };
}

function presentList(columns: readonly Column[], items: readonly Fields[]): Presentation {
  if (items.length === 0) return { notes: ['There are none.'] };
  const paths = columns.map((column) => (typeof column === 'string' ? column : column[1]));
  const rows = items.map((item) => paths.map((path) => asText(path, fieldAt(item, path))));
  return { result: table(columns.map(titleOf), rows) };
}

export function recordText(fields: Fields): string {
  return aligned(Object.entries(fields).map(([field, value]) => [field, asText(field, value)]));
}

function titleOf(column: Column): string {
  if (typeof column !== 'string') return column[0];
  return column
    .replace(/^.*\./, '')
    .replace(/(.)_(id|at)$/, '$1')
    .replaceAll('_', ' ')
    .toUpperCase();
}

const fieldAt = (item: Fields, path: string): unknown =>
  path.split('.').reduce<unknown>((value, field) => (value as Fields | undefined)?.[field], item);

/** Nothing restricts a list of these that is null, and an empty one lets nothing through. */
const restricts = /^(allowed_\w+|custom_hosts)$/;

function asText(field: string, value: unknown): string {
  if (value === null || value === undefined) return restricts.test(field) && value === null ? 'any' : '-';
  if (Array.isArray(value)) {
    if (value.length === 0) return restricts.test(field) ? 'none' : '-';
    return value.map((item) => asText('', item)).join(', ');
  }
  if (typeof value === 'object') {
    const pairs = Object.entries(value).map(([name, inner]) => `${name}=${asText(name, inner)}`);
    return pairs.length === 0 ? '-' : pairs.join(' ');
  }
  if (typeof value === 'boolean') return value ? 'yes' : 'no';
  return typeof value === 'string' ? value : JSON.stringify(value);
}
