import type { OutputCapParam } from './dialect.ts';

/** What a provider refuses where it speaks of the room for the output, and not of the prompt alone. */
const speaksOfOutput =
  /max_?(?:completion_|output_|new_)?tokens|maxOutputTokens|num_predict|(?:completion|output) tokens|in the completion|context[ _](?:length|limit|window|size)/i;

/** The words that matter stand at the beginning, and a pattern's time grows with the square of the length. */
const maxTextLength = 2_000;

const number = String.raw`[\x60'"]?(\d[\d,_]*)[\x60'"]?`;
const forms = (patterns: readonly string[]) =>
  patterns.map((pattern) => new RegExp(pattern.replaceAll('#', number), 'is'));

/** The window, and what the prompt takes of it: as OpenAI and vLLM, later vLLM, and OpenRouter write it. */
const roomForms = forms([
  'maximum context length is # tokens.{0,40}requested (?:about )?[\\d,]+ tokens \\(# (?:in|of) (?:the |your )?(?:messages|prompt|text|input)',
  '[\\d,]+ > # - #',
]);
/** Anthropic's, where the sum of both is more than the window. */
const sumForms = forms(['# \\+ [\\d,]+ > #']);

/** The most that the model gives. */
const mostForms = forms([
  'supports at most # (?:completion|output)? ?tokens',
  '(?:less than or equal to|at most|no more than|cannot exceed|must not exceed|<=|maximum (?:value )?(?:is|of|allowed is)) #',
  '\\[ ?\\d+, ?# ?\\]',
  '(?:between|from) \\d+ (?:and|to) #',
  '[\\d,]+ > #',
]);

/**
 * A cap on the output that fits, by what a provider has written when it refused one of `sentTokens`, else a quarter of it.
 * Undefined where it speaks of something else, or leaves no room for an answer.
 */
export function smallerCapTokens(refusal: string, sentTokens: number): number | undefined {
  const text = refusal.slice(0, maxTextLength);
  if (!speaksOfOutput.test(text)) return undefined;
  // A prompt of "at least" so many tokens says nothing of the room.
  const fitting = roomIn(text) ?? mostIn(text, sentTokens) ?? Math.floor(sentTokens / 4);
  return fitting > 0 && fitting < sentTokens ? fitting : undefined;
}

function roomIn(refusal: string): number | undefined {
  const [window, prompt] = numbersOf(refusal, roomForms);
  if (window !== undefined && prompt !== undefined) return window - prompt;
  const [input, limit] = numbersOf(refusal, sumForms);
  return limit === undefined || input === undefined ? undefined : limit - input;
}

function mostIn(refusal: string, sentTokens: number): number | undefined {
  return mostForms
    .map((form) => numbersOf(refusal, [form])[0])
    .find((tokens) => tokens !== undefined && tokens < sentTokens);
}

/** Those of the first form that matches. */
function numbersOf(refusal: string, forms: readonly RegExp[]): number[] {
  const found = forms.map((form) => form.exec(refusal)).find((match) => match !== null);
  return (found ?? []).slice(1).map((digits) => Number(digits.replace(/[,_]/g, '')));
}

/** OpenAI's newer models refuse the older name of the cap, and some hosts the newer one. */
export function otherCapParam(refusal: string, sent: OutputCapParam): OutputCapParam | undefined {
  const text = refusal.slice(0, maxTextLength);
  // What it knows instead may be named after it.
  const [refused] = /\bmax_(?:completion_)?tokens\b/.exec(text) ?? [];
  if (refused !== sent || !unknownField.test(text)) return undefined;
  return sent === 'max_tokens' ? 'max_completion_tokens' : 'max_tokens';
}

const unknownField =
  /not supported|unsupported|unrecognized|unknown|unexpected|extra (?:inputs|fields)|not permitted|not allowed|additional propert/i;

/** Whether it is the usage on streams that is refused, which nobody but the gateway may have asked for. */
export function refusesStreamOptions(refusal: string): boolean {
  return /stream_options|include_usage/.test(refusal.slice(0, maxTextLength));
}
