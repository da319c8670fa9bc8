/** What stands below these names is the user's own, and keeps its spelling. */
const verbatim = new Set([
  'override_params',
  'query',
  'model_aliases',
  'context_window_fallbacks',
  'content_policy_fallbacks',
]);

/** Names that occur with and without a plural, or by another word. */
const synonyms: Readonly<Record<string, string>> = {
  use_retry_after_headers: 'use_retry_after_header',
  use_retry_header: 'use_retry_after_header',
};

/**
 * A routing config with its names as we spell them: `onStatusCodes` and `on_status_codes` mean the same. Where both stand
 * in one object the first holds. A value that is no object stays what it is.
 */
export function inSnakeCase(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(inSnakeCase);
  if (typeof value !== 'object' || value === null) return value;
  const spelled: Record<string, unknown> = {};
  for (const [name, content] of Object.entries(value)) {
    const snake = name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
    const ours = Object.hasOwn(synonyms, snake) ? (synonyms[snake] ?? snake) : snake;
    // Not `??=`: a name may be `__proto__`.
    if (!Object.hasOwn(spelled, ours)) {
      Object.defineProperty(spelled, ours, {
        value: verbatim.has(ours) ? content : inSnakeCase(content),
        enumerable: true,
        writable: true,
        configurable: true,
      });
    }
  }
  return spelled;
}
