import type { Check } from '@weir/contracts/guardrails/policy';
import type { Finding, SpanCheck } from '../domain/check.ts';
import { baseOf } from './check-base.ts';
import { readingEscapes } from './json-escapes.ts';

type LinksCheck = Check & { readonly type: 'links' };

/** What a link may stand in: text without white space, quotes and brackets, of so many characters; a longer one is cut. */
const maxRunLength = 2_048;
const runs = new RegExp(`[^\\s<>"'\`()[\\]{}|^，。、；：！？「」（）《》]{1,${maxRunLength}}`, 'gu');
/** Browsers take a backslash for a slash. */
const linkStart = /(?:[a-z][a-z0-9+.-]{0,19}:)?[\\/]{2,}|(?<![\p{L}\p{N}.-])www\./giu;
const hostLike = /(?<![\p{L}\p{N}-])[\p{L}\p{N}-]+(?:\.[\p{L}\p{N}-]+)+/gu;

/** Links to hosts that are not allowed, or denied. Where hosts are denied, so are their names without a scheme. */
export function createLinksCheck(check: LinksCheck): SpanCheck {
  const { action, allowed_hosts: allowed, denied_hosts: denied } = check;
  const isAllowed = allowed && matcherOf(allowed);
  const isDenied = denied && matcherOf(denied);
  const judge = (run: string): string | undefined => {
    // Most words have no dot and no slash, and are no link.
    if (!/[./\\]/.test(run)) return undefined;
    const hosts = hostsOf(run);
    const named = isDenied
      ? [...hosts, ...[...run.matchAll(hostLike)].map(([host]) => host)].map(hostOf)
      : [];
    if (named.some((host) => host !== undefined && isDenied?.(host) === true)) return 'host_denied';
    const isUnknown = (host: string | undefined) => host === undefined || isAllowed?.(host) !== true;
    return isAllowed && hosts.map(hostOf).some(isUnknown) ? 'host_not_allowed' : undefined;
  };
  return readingEscapes({
    ...baseOf(check),
    kind: 'span',
    contextLength: 0,
    find: (text, _form, from = 0) =>
      [...text.slice(from).matchAll(runs)].flatMap(({ 0: run, index }): Finding[] => {
        const rule = judge(run);
        const start = from + index;
        return rule === undefined
          ? []
          : [{ span: { start, end: start + run.length }, rule, score: 1, action }];
      }),
    settledLength(text, _form, from = 0) {
      const last = [...text.slice(from).matchAll(runs)].at(-1);
      const [start, end] = last ? [from + last.index, from + last.index + last[0].length] : [from, from];
      return end === text.length && Array.from(last?.[0] ?? '').length < maxRunLength ? start : text.length;
    },
  });
}

/** What stands where a link has its host, with user and port. */
function hostsOf(run: string): string[] {
  return [...run.matchAll(linkStart)].flatMap(({ 0: sign, index }) => {
    const isNamed = sign.toLowerCase() === 'www.';
    const [authority = ''] = run.slice(isNamed ? index : index + sign.length).split(/[\\/?#]/, 1);
    // Without a scheme it is a link where a host has a dot; a comment or a path has none.
    return isNamed || sign.includes(':') || authority.includes('.') ? [authority] : [];
  });
}

/** As browsers read it: without user and port, in Punycode, without what is invisible. Undefined where it is no host. */
function hostOf(authority: string): string | undefined {
  const url = URL.parse(
    `http://${authority.replace(/\p{Cf}/gu, '').replace(/(?<![.,;:!?…*_~])[.,;:!?…*_~]+$/u, '')}`,
  );
  return url?.hostname.replace(/\.$/, '');
}

function matcherOf(hosts: readonly string[]): (host: string) => boolean {
  const exact = new Set(
    hosts.filter((host) => !host.startsWith('*.')).map((host) => hostOf(host) ?? host.toLowerCase()),
  );
  const suffixes = hosts
    .filter((host) => host.startsWith('*.'))
    .map((host) => `.${hostOf(host.slice(2)) ?? host.slice(2)}`);
  return (host) => exact.has(host) || suffixes.some((suffix) => host.endsWith(suffix));
}
