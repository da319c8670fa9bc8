import { estimateTokens } from './estimate-tokens.ts';

/** Longer texts are estimated by samples: one of megabytes takes 100 ms, and many attempts may be cancelled together. */
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
