import type { Envelope } from '@weir/contracts/envelope';
import type { YieldTurn } from '@weir/service-kit/event-loop';
import type { CheckContext, ScreenedText } from '../domain/check.ts';
import type { Placeholders } from '../masking/placeholders.ts';
import { DocumentText } from '../texts/document-text.ts';
import { readTexts } from '../texts/document-texts.ts';
import { type Replacement, replaceValues } from '../texts/json-walker.ts';
import { applyEdits } from './apply-edits.ts';
import { type AttributedFinding, type Edit, editsOf } from './merge-findings.ts';
import type { Screener } from './screener.ts';

type Metadata = NonNullable<Envelope['metadata']>;

interface ScreenedRequest {
  readonly body: Uint8Array;
  readonly metadata: Metadata | undefined;
}

interface RequestParts {
  readonly screener: Pick<Screener, 'screen' | 'yieldTurn'>;
  readonly placeholders: Placeholders;
  readonly request: RequestTexts;
  /** Of the request: `choices`, where it asks for several. */
  readonly counts?: CheckContext['counts'];
}

/** What a request says: in its body, and of itself. */
export interface RequestTexts {
  readonly body: Uint8Array;
  readonly json: string;
  readonly inBody: readonly DocumentText[];
  readonly metadata: Metadata | undefined;
  /** Those of the body and then those of the metadata, of each a key and a value. */
  readonly all: readonly ScreenedText[];
  readonly counts: CheckContext['counts'];
}

/** As the envelope's contract has it. */
const maxMetadataLength = 256;

export async function readRequest(
  body: Uint8Array,
  metadata: Metadata | undefined,
  yieldTurn: YieldTurn,
): Promise<RequestTexts> {
  const json = new TextDecoder().decode(body);
  const { texts: inBody, counts } = await readTexts(json, 'request', yieldTurn);
  const ofMetadata = Object.entries(metadata ?? {}).flatMap(([key, value]): ScreenedText[] => [
    { path: 'metadata', text: key, form: 'identifier' },
    { path: 'metadata', text: value, form: 'text' },
  ]);
  return { body, json, inBody, metadata, all: [...inBody, ...ofMetadata], counts };
}

/** The request as it may travel on: where nothing had to be changed, its very bytes. Throws what the screener throws. */
export async function screenRequest({
  screener,
  placeholders,
  request,
  counts,
}: RequestParts): Promise<ScreenedRequest> {
  const { body, json, inBody, metadata, all } = request;
  const edits = editsByText(await screener.screen(all, { ...request.counts, ...counts }));
  if (edits.size === 0) return { body, metadata };
  const { yieldTurn } = screener;
  await placeholders.readNumbers(maskedRules(edits.values()), yieldTurn);
  const edited = all.map(({ text }) => text);
  for (const [place, wanted] of edits) {
    const text = all[place];
    if (!text) continue;
    edited[place] = await applyEdits(text, wanted.map(hashing(text)), { placeholders, yieldTurn });
  }
  const emptied = new Map<number, Replacement>();
  const replacements = inBody.flatMap((one, index) => {
    const now = edited[index] ?? one.text;
    if (now === one.text) return [];
    if (!one.signedList) return [{ ...one.place, json: one.literalOf(now) }];
    emptied.set(one.signedList.start, { ...one.signedList, json: '[]' });
    return [];
  });
  replacements.push(...emptied.values());
  const ofMetadata = edited.slice(inBody.length).map((text) => text.slice(0, maxMetadataLength));
  const changed = Object.keys(metadata ?? {}).map(
    (_, i) => [ofMetadata[2 * i], ofMetadata[2 * i + 1]] as const,
  );
  return {
    body: replacements.length === 0 ? body : Buffer.from(replaceValues(json, replacements)),
    metadata: metadata && (Object.fromEntries(changed) as Metadata),
  };
}

function maskedRules(edits: Iterable<readonly Edit[]>): Set<string> {
  const rules = new Set<string>();
  for (const ofText of edits) for (const { action, rule } of ofText) if (action === 'mask') rules.add(rule);
  return rules;
}

/** By the text's place among all. */
export function editsByText(found: readonly AttributedFinding[]): ReadonlyMap<number, Edit[]> {
  const byText = Map.groupBy(found, ({ finding }) => finding.text ?? 0);
  const edits = [...byText].map(
    ([place, ones]) => [place, editsOf(ones.map(({ finding }) => finding))] as const,
  );
  return new Map(edits.filter(([, wanted]) => wanted.length > 0));
}

/**
 * End users whose names became one would be one to the provider, and keys of an object that became one would be one key: where they
 * would be redacted they are hashed. So are end users who would be masked: two requests number their own values alike.
 */
const hashing =
  (text: ScreenedText) =>
  (edit: Edit): Edit => {
    const isEndUser = text instanceof DocumentText && text.kind === 'end_user';
    const isKey = text instanceof DocumentText ? text.isKey : text.form === 'identifier';
    const isHashed =
      (edit.action === 'redact' && (isEndUser || isKey)) || (edit.action === 'mask' && isEndUser);
    return isHashed ? { ...edit, action: 'hash' } : edit;
  };
