import { z } from 'zod';

export type Environment = Readonly<Record<string, unknown>>;

/** Takes note of a problem of the configuration, under the variable or the path that has it. */
export type Report = (path: PropertyKey[], message: string) => void;

/** Whether a header may carry it as a key, or as another word. */
export function isHeaderWord(text: string): boolean {
  return /^[\x21-\x7e]+$/.test(text);
}

/** A variable without the white space around it, as the last line end of a mounted secret is; undefined where it is empty. */
export function readVariable(env: Environment, name: string): string | undefined {
  const value = env[name];
  return typeof value === 'string' && value.trim() !== '' ? value.trim() : undefined;
}

/** A variable that is sent as a header. One that no header can carry is reported, and not repeated. */
export function readHeaderVariable(env: Environment, name: string, report: Report): string | undefined {
  const value = readVariable(env, name);
  if (value !== undefined && !isHeaderWord(value)) {
    report(
      [name],
      `the value of ${name} must hold no white space, control characters or characters beyond ASCII`,
    );
  }
  return value;
}

/** An http(s) URL without credentials, query or fragment, and without a slash at its end. */
export const baseUrlSchema = z
  .string()
  .refine((text) => /^https?:\/\//.test(text) && URL.canParse(text) && isBare(new URL(text)), {
    error: 'must be an http(s) URL without user, password, query or fragment',
  })
  .transform((text) => text.replace(/(?<!\/)\/+$/, ''));

function isBare({ username, password, search, hash }: URL): boolean {
  return username === '' && password === '' && search === '' && hash === '';
}
