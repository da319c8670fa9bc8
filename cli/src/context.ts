import { InvalidArgumentError } from 'commander';

/** What a command may use of the world. */
export interface CommandContext {
  /** Results, for people or programs. */
  readonly out: NodeJS.WritableStream;
  /** Everything else: what goes on, warnings, errors. */
  readonly err: NodeJS.WritableStream;
  /** Weir's folder, absolute. */
  readonly root: string;
  readonly environment: NodeJS.ProcessEnv;
  /** Aborts when the user has had enough. */
  readonly signal: AbortSignal;
}

/** A command cannot do what it was asked. The message is one line that says why and what to do next. */
export class CommandError extends Error {
  override readonly name = 'CommandError';
}

/** The command line asks for what makes no sense. */
export class CommandUsageError extends CommandError {}

/** Parses an option's or an argument's value. */
export function parseWholeNumber(text: string): number {
  const value = Number(text);
  if (!/^\d+$/.test(text) || !Number.isSafeInteger(value) || value < 1) {
    throw new InvalidArgumentError('It must be a whole number from 1 on.');
  }
  return value;
}

/** Parses the next of an argument's values. */
export const parseIds = (text: string, before: number[] = []): number[] => [
  ...before,
  parseWholeNumber(text),
];

/** Text from elsewhere, without the control characters by which it could act on a terminal. */
export function printable(text: string): string {
  return text.replaceAll(/(?![\n\t])\p{Cc}/gu, '\u{fffd}');
}

export function writeLine(stream: NodeJS.WritableStream, text: string): void {
  stream.write(`${printable(text)}\n`);
}

/** Columns as wide as their widest cell, with a line of titles. */
export function table(titles: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = titles.map((title, column) =>
    Math.max(title.length, ...rows.map((row) => row[column]?.length ?? 0)),
  );
  return [titles, ...rows]
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}
