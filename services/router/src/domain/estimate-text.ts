import { estimateTokens } from '@weir/pricing/estimate-tokens';

/** Longer texts are estimated by samples: a few milliseconds for each of many attempts that are cancelled together. */
const maxEstimatedLength = 64 * 1024;
const samples = 64;
const sampleLength = maxEstimatedLength / samples;

/** About how many tokens a text of any length is. */
export function estimateText(text: string): number {
  if (text.length <= maxEstimatedLength) return estimateTokens(text);
  const step = (text.length - sampleLength) / (samples - 1);
  let sampled = 0;
  for (let index = 0; index < samples; index++) {
    const start = Math.floor(index * step);
    sampled += estimateTokens(text.slice(start, start + sampleLength));
  }
  return Math.ceil((sampled * text.length) / maxEstimatedLength);
}
