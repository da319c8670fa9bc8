import type { CompletionHead } from '@weir/contracts/router';
import { headerText, type HeaderList } from './header-list.ts';

/** Who has answered, and what of the request was left out. */
export function completionHeaders({ provider, model, warnings }: CompletionHead): HeaderList {
  const headers = ['x-weir-provider', headerText(provider), 'x-weir-model', headerText(model)];
  if (warnings.length > 0) headers.push('x-weir-warnings', headerText(warnings.join('; ')));
  return headers;
}
