/** The media type of a `data:` URL; undefined for any other text. */
export function dataUrlMediaType(url: string): string | undefined {
  return /^data:([^;,]+)/.exec(url)?.[1];
}

const BASE64_PREFIXES: Record<string, string> = {
  iVBORw0KGgo: 'image/png',
  '/9j/': 'image/jpeg',
  R0lGOD: 'image/gif',
  UklGR: 'image/webp',
};

/** The media type of a base64 image, by its first bytes. */
export function sniffImageType(base64: string): string {
  const known = Object.entries(BASE64_PREFIXES).find(([prefix]) => base64.startsWith(prefix));
  return known?.[1] ?? 'image/unknown';
}
