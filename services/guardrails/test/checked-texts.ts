import type { CheckContext, ScreenedText } from '../src/domain/check.ts';

/** A message's content. */
export const messageText = (text: string, role = 'user', path = 'messages[0].content'): ScreenedText => ({
  ...{ path, text, form: 'text', role },
});

/** The content of an answer's choice. */
export const choiceText = (text: string, choice = 0): ScreenedText =>
  messageText(text, 'assistant', `choices[${choice}].message.content`);

export const checkContext = (parts: Partial<CheckContext> = {}): CheckContext => ({
  ...{ direction: 'input', counts: {}, requestType: 'chat', tenant: 'acme', requestId: 'r-1' },
  signal: new AbortController().signal,
  yieldTurn: () => undefined,
  ...parts,
});
