/** `****abcd`, `sk-...abcd`, `•••`, `sk-xxxx`. A token of three parts has two dots, but never three in a row. */
const mask = /[*•●]{3}|…|\.{3}|x{6}|^(?:[a-z]{1,8}-)*x{3,}$/i;

/** `<key>`, `[REDACTED]`, `{{key}}`, `${KEY}`, `$KEY`, `%KEY%`: what a template should have replaced. */
const template = /^(?:<.*>|\[.*\]|\{.*\}|\$\{.*\}|\$\w+|%\w+%)$/s;

/** `REDACTED`, `your-api-key`, `PASTE_KEY_HERE`. (Not `dummy` or `EMPTY`: hosts of one's own take whatever is sent.) */
const placeholder =
  /(?:^|[^a-z\d])(?:redacted|masked|placeholder|changeme)(?:[^a-z\d]|$)|(?:^|[^a-z\d])(?:your|insert|enter|paste|replace)[-_ a-z]{0,40}(?:key|token|secret)|key[-_ ]here/i;

export const maskedKeyProblem = 'is a mask or a placeholder, and not a key';

/** Whether a text stands in the place of a real key: nobody's key looks like it. Linear in the text's length. */
export function isMaskedKey(text: string): boolean {
  return mask.test(text) || template.test(text) || placeholder.test(text);
}
