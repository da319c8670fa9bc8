/** Names and values in turn: the form that node writes without building an object. */
export type HeaderList = readonly string[];

/** A text as a header may carry it: what is not printable ASCII becomes a question mark. */
export function headerText(text: string): string {
  return text.replace(/[^\x20-\x7e]/g, '?');
}
