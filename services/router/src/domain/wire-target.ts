import type { CatalogueEntry } from './catalogue.ts';
import type { WireTarget } from './dialect.ts';

/** The cap that a model gets of which nothing is known. */
const unknownModelOutputTokens = 4_096;

/**
 * What a dialect must know of the model that it speaks to. Where the caller sets no cap on the output, one is set
 * all the same: providers count it against their rate limits, and no attempt may cost without bound.
 */
export function toWireTarget({ provider, model }: CatalogueEntry, defaultOutputTokens: number): WireTarget {
  const { maxOutputTokens, contextTokens = Infinity } = model;
  return {
    model: model.id,
    output: {
      defaultTokens: Math.min(
        defaultOutputTokens,
        maxOutputTokens ?? unknownModelOutputTokens,
        // Providers refuse a request whose cap leaves no room for it in the window.
        Math.floor(contextTokens / 2),
      ),
      maxTokens: maxOutputTokens,
    },
    outputCapParam: provider.outputCapParam,
    unsupportedParams: provider.unsupportedParams,
  };
}
