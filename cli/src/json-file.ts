import { readFile } from 'node:fs/promises';
import { text } from 'node:stream/consumers';
import { parseOwnJson } from '@weir/service-kit/bounded-json';
import { CommandUsageError } from './context.ts';

/** The contents of a file, or of standard input where it is `-`. */
export async function readTextFile(file: string, input: NodeJS.ReadableStream): Promise<string> {
  try {
    return file === '-' ? await text(input) : await readFile(file, 'utf8');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new CommandUsageError(`${file} cannot be read (${code ?? 'unknown'}).`, { cause: error });
  }
}

export async function readJsonFile(file: string, input: NodeJS.ReadableStream): Promise<unknown> {
  const contents = await readTextFile(file, input);
  try {
    return parseOwnJson(contents);
  } catch (error) {
    // What the parser says quotes the file, in which may be keys.
    const [position = ''] = /\(line \d+ column \d+\)/.exec((error as Error).message) ?? [];
    throw new CommandUsageError(`${file} is not valid JSON${position && ` ${position}`}.`);
  }
}
