/** What a model says of a text: scores from 0 to 1, by category. */
export type Rating = Readonly<Record<string, number>>;

/** What OpenAI's models and the common text classification models call what they find. */
const knownCategories = new Set([
  ...['harassment', 'harassment/threatening', 'hate', 'hate/threatening', 'illicit', 'illicit/violent'],
  ...[
    'self-harm',
    'self-harm/intent',
    'self-harm/instructions',
    'sexual',
    'sexual/minors',
    'violence',
    'violence/graphic',
  ],
  ...[
    'toxic',
    'toxicity',
    'severe_toxic',
    'severe_toxicity',
    'obscene',
    'threat',
    'insult',
    'identity_hate',
    'identity_attack',
  ],
  ...['offensive', 'hate_speech', 'spam', 'injection', 'jailbreak', 'unsafe', 'nsfw'],
]);

const safeCategories = new Set([
  'safe',
  'ok',
  'clean',
  'neutral',
  'normal',
  'benign',
  'non-toxic',
  'non_toxic',
  'not_toxic',
  'nontoxic',
  'legit',
  'sfw',
  'none',
  'other',
  'not-hate',
  'nothate',
]);

/** Whether a category says that nothing was found: classification models have one beside the others. */
export const isSafeCategory = (category: string) => safeCategories.has(category.toLowerCase());

/** What a category is called in findings and metrics: one that neither Weir nor the policy names is `unnamed`. */
export function labelOf(category: string, named: Readonly<Record<string, number>>): string {
  return category in named || knownCategories.has(category.toLowerCase())
    ? category.toLowerCase()
    : 'unnamed';
}
