import type { CompletionHead } from '@weir/contracts/router';
import { headerText, type HeaderList } from './header-list.ts';

interface HeaderOptions {
  /** Whether Portkey's names are sent too, since the request's config came by one of them. */
  speaksPortkey: boolean;
}

/** Who has answered, after how many attempts, and what of the request was left out. */
export function completionHeaders(head: CompletionHead, { speaksPortkey }: HeaderOptions): HeaderList {
  const { provider, model, warnings, target, attempts, fallbacks } = head;
  const headers = ['x-weir-provider', headerText(provider), 'x-weir-model', headerText(model)];
  if (target !== undefined) headers.push('x-weir-target', headerText(target));
  if (attempts !== undefined) headers.push('x-weir-attempts', String(attempts));
  if (fallbacks !== undefined) headers.push('x-weir-fallbacks', String(fallbacks));
  if (warnings.length > 0) headers.push('x-weir-warnings', headerText(warnings.join('; ')));
  return speaksPortkey ? [...headers, ...portkeyHeaders(head)] : headers;
}

/** `retry-attempt-count` is of the target that has answered. */
function portkeyHeaders({ provider, retries = 0, optionIndex = [] }: CompletionHead) {
  return [
    'x-portkey-provider',
    headerText(provider),
    'x-portkey-retry-attempt-count',
    String(retries),
    'x-portkey-last-used-option-index',
    ['config', ...optionIndex.map((index) => `targets[${index}]`)].join('.'),
  ];
}

/** How long the gateway itself took until now: all the time but what was waited for providers. */
export function overheadHeader(elapsedMs: number, upstreamMs: number): HeaderList {
  return ['x-weir-overhead-ms', Math.max(0, elapsedMs - upstreamMs).toFixed(2)];
}
