import stringWidth from 'string-width';

/** Controls, and what makes text run the other way: characters by which a text could act on a terminal, or hide in it. */
const acting = /(?![\n\t])[\p{Cc}\u202a-\u202e\u2066-\u2069]/gu;

/** Text from elsewhere, without the characters by which it could act on a terminal. */
export function printable(text: string): string {
  return text.replaceAll(acting, '\u{fffd}');
}

export function writeLine(stream: NodeJS.WritableStream, text: string): void {
  stream.write(`${printable(text)}\n`);
}

/** A value as JSON for programs: nothing is lost, and what could act on a terminal is escaped. */
export function jsonText(value: unknown): string {
  return JSON.stringify(value, null, 2).replaceAll(
    acting,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

/** A text that stays in its line. */
export function oneLine(text: string): string {
  return text.trim().replaceAll(/\s+/g, (space) => (/[\n\t]/.test(space) ? ' ' : space));
}

/** Columns as wide as their widest cell is on a terminal. */
export function columns(rows: readonly (readonly string[])[]): string {
  const cells = rows.map((row) => row.map((cell) => printable(oneLine(cell))));
  const widths: number[] = [];
  for (const row of cells) {
    for (const [column, cell] of row.entries())
      widths[column] = Math.max(widths[column] ?? 0, stringWidth(cell));
  }
  const padded = (cell: string, column: number) =>
    cell + ' '.repeat((widths[column] ?? 0) - stringWidth(cell));
  return cells.map((row) => row.map(padded).join('  ').trimEnd()).join('\n');
}

/** The same with a line of titles. */
export const table = (titles: readonly string[], rows: readonly (readonly string[])[]): string =>
  columns([titles, ...rows]);
