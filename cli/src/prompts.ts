import { text } from 'node:stream/consumers';
import confirm from '@inquirer/confirm';
import password from '@inquirer/password';
import { type CommandContext, CommandError } from './context.ts';
import { printable } from './terminal-text.ts';

type Terminal = Pick<CommandContext, 'err' | 'input' | 'signal'>;

/** Asks for a secret without echo, or reads it from what is piped in. It is no argument: everybody can read those. */
export async function askSecret(what: string, terminal: Terminal): Promise<string> {
  const { input } = terminal;
  // By default, the prompt would show what was typed when Ctrl-T is pressed.
  const asked = () => ask(password, `The ${what}:`, terminal, { toggleMask: false });
  const secret = (input.isTTY ? await asked() : await text(input)).trim();
  if (secret === '') throw new CommandError(`No ${what} was given. Type it, or pipe it in.`);
  return secret;
}

/** Rejects unless the user says yes, or has said so beforehand. */
export async function askConsent(
  question: string,
  { yes, ...terminal }: Terminal & { readonly yes: boolean | undefined },
): Promise<void> {
  if (yes) return;
  if (!terminal.input.isTTY) {
    throw new CommandError(`${printable(question)} Nobody is there to answer: add --yes.`);
  }
  if (!(await ask(confirm, question, terminal, { default: false })))
    throw new CommandError('Nothing was done.');
}

interface PromptOptions {
  readonly default?: boolean;
  readonly toggleMask?: boolean;
}

type Prompt<T> = (
  config: PromptOptions & { message: string },
  context: { input: NodeJS.ReadableStream; output: NodeJS.WritableStream; signal: AbortSignal },
) => Promise<T>;

async function ask<T>(
  prompt: Prompt<T>,
  message: string,
  { err: output, input, signal }: Terminal,
  options: PromptOptions,
): Promise<T> {
  try {
    return await prompt({ message: printable(message), ...options }, { input, output, signal });
  } catch (error) {
    // Ctrl-C, Ctrl-D, or a signal from elsewhere.
    if (/^(Exit|Abort)PromptError$/.test((error as Error).name)) {
      throw new CommandError('Nothing was done.', { cause: error });
    }
    throw error;
  }
}
