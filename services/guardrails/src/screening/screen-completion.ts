import type { Placeholders } from '../masking/placeholders.ts';
import { type DocumentText, keysOf } from '../texts/document-text.ts';
import { readTexts } from '../texts/document-texts.ts';
import { type Replacement, replaceValues } from '../texts/json-walker.ts';
import { applyEdits } from './apply-edits.ts';
import { editsByText } from './screen-request.ts';
import type { Screener } from './screener.ts';

interface CompletionParts {
  readonly screener: Pick<Screener, 'screen' | 'yieldTurn'>;
  readonly placeholders: Placeholders;
  /** The JSON of a `chat.completion`. */
  readonly body: Uint8Array;
}

/** A whole answer as its caller may read it, masked values put back. Where nothing changes, its very bytes. */
export async function screenCompletion({
  screener,
  placeholders,
  body,
}: CompletionParts): Promise<Uint8Array> {
  const json = new TextDecoder().decode(body);
  const { texts, counts, logprobs } = await readTexts(json, 'completion', screener.yieldTurn);
  const edits = editsByText(await screener.screen(texts, counts));
  const { yieldTurn } = screener;
  const replacements: Replacement[] = [];
  const emptied = new Map<number, Replacement>();
  for (const [index, text] of texts.entries()) {
    const wanted = edits.get(index);
    const edited = wanted ? await applyEdits(text, wanted, { placeholders, yieldTurn }) : text.text;
    if (text.signedList) {
      // With another text they would be refused when they come back.
      if (edited !== text.text) emptied.set(text.signedList.start, { ...text.signedList, json: '[]' });
      continue;
    }
    const now = await placeholders.restoreLong(edited, text.form, yieldTurn);
    if (now === text.text) continue;
    replacements.push({ ...text.place, json: text.literalOf(now) });
    const tokens = logprobs.get(choiceOf(text));
    // They are the text once more.
    if (tokens) replacements.push({ ...tokens, json: 'null' });
  }
  replacements.push(...emptied.values());
  return replacements.length === 0 ? body : Buffer.from(replaceValues(json, replacements));
}

/** The place in `choices` of the choice that says the text; -1 where none does. */
function choiceOf({ node }: DocumentText): number {
  const [field, place] = keysOf(node);
  return field === 'choices' ? Number(place) : -1;
}
