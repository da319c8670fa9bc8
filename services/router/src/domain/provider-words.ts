import { isIPv6 } from 'node:net';
import { findPersonalData } from '@weir/pii/find-personal-data';

/** What is left of a provider's words at most, in UTF-16 units: some sentences. */
export const maxWordsLength = 500;

/** How much of them is looked at: no pattern below has to read more. */
const maxReadLength = 2_000;

/** Controls, and what is not seen or turns the direction of what follows: a key may be cut in two by them. */
const invisible = /[\p{Cf}\p{Co}\p{Cs}]/gu;
const separators = /[\p{Cc}\p{Zl}\p{Zp}\s]+/gu;

/** A page of a proxy, which says nothing of the request. */
const markup =
  /<(?:!doctype|\/?(?:html|head|body|title|script|style|div|p|h1|center|pre|img|svg|iframe|object|embed|form|a\s+href))\b/i;

/** From here on a text is of the provider's code. */
const stackTrace =
  /Traceback \(most recent call|\n[^\S\n]*at \S|\bat [\w$.<>]{1,128} ?\([^)\n]{1,256}:\d+|File "[^"\n]{1,256}", line \d|goroutine \d+ \[|panicked at|stack backtrace/;

/** Where a credential may be, or who it is that asks: one pattern a kind, each linear. */
const keys = new RegExp(
  [
    String.raw`-----BEGIN[^-]{0,64}-----[\w+/=\s-]{0,4096}`,
    // What providers make of a key that they quote.
    String.raw`[^\s"'\x60*]{0,64}\*{3,}[^\s"'\x60]{0,64}`,
    String.raw`\b(?:bearer|basic)\s+(?=[\w~+/.=-]*\d|[\w~+/.=-]{16})[\w~+/.=-]{6,}`,
    String.raw`\b(?:sk|pk|rk|ak|gsk|csk|xai|hf|r8|nvapi|pplx|fw|tgp|npm|whsec|sess|shpat|pypi|tvly|lsv2|dop|SG|gh[a-z]|github_pat|glpat|xox[a-z]|dapi|weir-admin)[-_][\w.…-]{6,}`,
    String.raw`\b(?:AIza[\w-]{6,}|ya29\.[\w-]{6,}|(?:AKIA|ASIA)[A-Z0-9]{8,}|eyJ[\w-]{6,}(?:\.[\w-]*){0,2})`,
    // Accounts.
    String.raw`\b(?:org|proj|acct|user|ws|team)[-_](?=\w*\d)\w{8,}`,
    String.raw`\b[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}\b`,
    // Any long word that is no name: with three digits or more, but no date at its end. Ids of tool calls are the caller's own.
    String.raw`\b(?!(?:call|toolu|fc)_|\w*_20\d{6}\b)(?=(?:[A-Za-z_]*\d){3})(?=[\d_]*[A-Za-z])\w{24,}={0,2}`,
  ].join('|'),
  'giu',
);

const urls = /\b[a-z][a-z\d+.-]{0,31}:\/\/\S+|\bwww\.\S+/giu;
const emails = /[\w.%+-]{1,64}@[\w.-]{1,253}/gu;
const ipv4 = /\b\d{1,3}(?:\.\d{1,3}){3}(?:[:/]\d{1,5})?\b/gu;
const ipv6 = /(?<![\w:.])\[?([\da-f]{0,4}(?::[\da-f]{0,4}){2,8}(?:\.\d{1,3}){0,3})\]?(?::\d{1,5}\b)?/giu;

/** A name is told from a field's path (`messages.0.content`) and a model (`gpt-4.1`) by its end, or by a port. */
const hosts = new RegExp(
  [
    String.raw`\blocalhost(?::\d{1,5})?\b`,
    String.raw`\bip(?:-\d{1,3}){4}\b[\w.-]{0,128}`,
    String.raw`\b(?:[a-z\d][a-z\d_-]{0,62}\.){1,8}(?:com|net|org|io|ai|dev|app|cloud|co|info|biz|xyz|tech|gg|online|internal|local|localdomain|lan|home|intra|intranet|corp|svc|consul|test|example|invalid|arpa|us|uk|eu|de|fr|nl|ch|pl|cz|ru|ua|cn|jp|kr|vn|sg|hk|tw|br|au|nz)(?::\d{1,5})?(?![\w-])`,
    String.raw`\b(?:[a-z\d][a-z\d_-]{0,62}\.){2,8}(?:at|be|it|es|se|fi|dk|ie|in|id|ca|mx|za|il|ae|tr|th|me|sh|run|host|site|private|cluster|prod|staging)(?::\d{1,5})?(?![\w-])`,
    String.raw`\b(?=[a-z\d]*[.-])[a-z\d][a-z\d.-]{0,252}:(?:80|443|\d{3,5})\b`,
  ].join('|'),
  'giu',
);

/** A field of a request, as Anthropic and Pydantic name it: `messages.1.tool_calls.0.id`. */
const fieldPath =
  /^(?:body\.)?(?:messages?|input|contents?|system|tools?|tool_choice|functions?|parameters|properties|metadata|response_format|generation_?config|request|choices)\.[\w.]+$/i;

/** What callers themselves ask for, or write in their requests: no file. */
const publicPath =
  /^(?!.*\.[a-z]\w{1,11}$)\/(?:v\d\w*|api|openai|engines|deployments|chat|completions|models?|messages|responses|tools|tool_choice|response_format|stream_options|body|input|contents|properties|metadata)(?:\/|$)/i;
const paths =
  /(?<![\w.\]/])(?:~|\.{1,2})?(?:\/[\w.@%+-]{1,128}){2,}\/?|\b[a-z]:[\\/][^\s"']+|\\\\[\w.-]{1,64}\\[^\s"']+|\b[\w.-]{1,64}(?:\/[\w.-]{1,64}){1,16}\.(?:py|js|mjs|ts|go|rs|java|rb|cc|cpp|cs|php|so)\b(?::\d+)?|\b[\w.-]{1,64}\.(?:py|js|mjs|ts|go|rs|java|rb|cc|cpp|cs|php):\d+/giu;

const placeholder = /\[[a-z_]{3,20}\]/g;

/**
 * A provider's words as they may be shown to a caller and stand in a log: in one line, at most {@link maxWordsLength} long, and
 * without what looks like a key, an account, an address of any kind, personal data, or the provider's code. Undefined where
 * nothing is left that says anything. Whether they repeat a credential of no known form has to be asked beside: see
 * `repeatsSecret` of the kit.
 */
export function cleanWords(words: string): string | undefined {
  const visible = words.slice(0, maxReadLength).normalize('NFKC').replace(invisible, '');
  if (markup.test(visible)) return undefined;
  const trace = stackTrace.exec(visible);
  const line = visible
    .slice(0, Math.min(trace?.index ?? maxReadLength, maxReadLength))
    .replace(separators, ' ')
    .trim();
  const unaddressed = line
    .replace(urls, '[url]')
    .replace(emails, '[email]')
    .replace(keys, '[key]')
    .replace(ipv4, '[address]')
    .replace(ipv6, (whole, address: string) => (isIPv6(address) ? '[address]' : whole));
  const cleaned = withoutPersonalData(unaddressed)
    .replace(hosts, (host) => (fieldPath.test(host) ? host : '[host]'))
    .replace(paths, (path) => (publicPath.test(path) ? path : '[path]'))
    .replaceAll('"', "'");
  if (!/\p{L}/u.test(cleaned.replace(placeholder, ''))) return undefined;
  return cleaned.length <= maxWordsLength
    ? cleaned
    : `${cleaned.slice(0, maxWordsLength - 1).toWellFormed()}…`;
}

function withoutPersonalData(text: string): string {
  let rest = text;
  for (const { start, end, entity, tier } of findPersonalData(text, { level: 'balanced' }).reverse()) {
    if (tier === 1) rest = `${rest.slice(0, start)}[${entity}]${rest.slice(end)}`;
  }
  return rest;
}
