/** What ends a sentence, with the quotes and brackets that close after it. */
const sentenceEnd = /[.!?…]["'”’)\]]*\s|[。！？\n]/g;

/** Where the last sentence ends that is whole within the first `length` units; 0 where none is. */
export function lastSentenceEnd(text: string, length: number): number {
  let end = 0;
  for (const match of text.slice(0, length).matchAll(sentenceEnd)) end = match.index + match[0].length;
  return end;
}
