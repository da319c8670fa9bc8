import { InvalidArgumentError } from 'commander';

type Output = NodeJS.WritableStream & { readonly isTTY?: boolean };

/** What a command may use of the world. */
export interface CommandContext {
  /** Results, for people or programs. */
  readonly out: Output;
  /** Everything else: what goes on, questions, warnings, errors. */
  readonly err: Output;
  /** What the user types, or what is piped in. */
  readonly input: NodeJS.ReadableStream & { readonly isTTY?: boolean };
  /** Weir's folder, absolute. */
  readonly root: string;
  /** Without variables that are empty. */
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
