import { splitTokens } from './tokens.ts';

export interface TokenLogprob {
  token: string;
  bytes: number[];
  logprob: number;
  top_logprobs: Omit<TokenLogprob, 'top_logprobs'>[];
}

/** Log probabilities of each token of `text`: -0.1 for what was said, less for each of the `topCount` alternatives. */
export function tokenLogprobs(text: string, topCount: number): TokenLogprob[] {
  return splitTokens(text).map((token) => ({
    ...tokenLogprob(token, -0.1),
    top_logprobs: Array.from({ length: topCount }, (_, rank) =>
      tokenLogprob(rank === 0 ? token : `${token}~${rank}`, -0.1 - rank),
    ),
  }));
}

function tokenLogprob(token: string, logprob: number): Omit<TokenLogprob, 'top_logprobs'> {
  return { token, bytes: [...Buffer.from(token)], logprob };
}
