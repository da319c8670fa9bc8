/** What Postgres takes in no text: NUL, and halves of surrogate pairs; whole pairs are looked at too. */
const suspicious = /[\0\ud800-\udfff]/;

/**
 * A text as Postgres takes it: without NUL and without halves of surrogate pairs, both of which callers can send, and no longer
 * than an index holds.
 */
export function storableText(text: string, maxLength = 256): string {
  const cut = text.length > maxLength ? text.slice(0, maxLength) : text;
  return suspicious.test(cut) ? cut.replaceAll('\0', '\u{FFFD}').toWellFormed() : cut;
}

/** Characters of JSON: the largest is a header's value in full. */
const maxMetadataLength = 32_768;

/** What JSON makes of NUL and of halves of surrogate pairs. */
const escaped = /\\u0000|\\ud[89a-f]/;

/** JSON of as many of the pairs as there is room for, in their order; `weir.truncated` says that there were more. */
export function storableMetadata(metadata: Readonly<Record<string, string>>): string {
  const json = JSON.stringify(metadata);
  if (json.length <= maxMetadataLength && !escaped.test(json)) return json;
  const kept: Record<string, string> = Object.create(null) as Record<string, string>;
  let length = 0;
  for (const [name, value] of Object.entries(metadata)) {
    const [storableName, storableValue] = [storableText(name), storableText(value, maxMetadataLength)];
    length += JSON.stringify(storableName).length + JSON.stringify(storableValue).length;
    if (length > maxMetadataLength) {
      kept['weir.truncated'] = 'true';
      break;
    }
    kept[storableName] = storableValue;
  }
  return JSON.stringify(kept);
}

const maxTags = 64;

/** The literal of a `text[]`: arrays of arrays cannot be taken apart by `unnest`. */
export function arrayLiteral(texts: readonly string[]): string {
  return `{${texts
    .slice(0, maxTags)
    .map((text) => arrayElement(storableText(text)))
    .join(',')}}`;
}

/** A text within the literal of an array. */
export function arrayElement(text: string): string {
  return /["\\]/.test(text) ? `"${text.replace(/["\\]/g, String.raw`\$&`)}"` : `"${text}"`;
}
