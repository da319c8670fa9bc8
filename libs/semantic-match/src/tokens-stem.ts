const irregular = new Map(
  Object.entries({
    children: 'child',
    men: 'man',
    women: 'woman',
    feet: 'foot',
    mice: 'mouse',
    people: 'people',
    bought: 'buy',
    sold: 'sell',
    lent: 'lend',
    sent: 'send',
    lost: 'lose',
    won: 'win',
    paid: 'pay',
    made: 'make',
    wives: 'wife',
    lives: 'live',
    leaves: 'leave',
    countries: 'country',
    does: 'does',
    this: 'this',
    has: 'has',
    was: 'was',
    is: 'is',
    his: 'his',
    us: 'us',
    news: 'news',
    always: 'always',
    less: 'less',
    during: 'during',
    nothing: 'nothing',
    something: 'something',
    everything: 'everything',
    anything: 'anything',
    morning: 'morning',
    evening: 'evening',
    wedding: 'wedding',
    red: 'red',
    bed: 'bed',
    need: 'need',
  }),
);

/** An English word without its inflection, the same for all its forms. Not a word of any language. */
export function stemOf(word: string): string {
  const known = irregular.get(word);
  if (known !== undefined) return known;
  let stem = word.endsWith("'s") ? word.slice(0, -2) : word;
  if (!/^[a-z]+$/u.test(stem) || stem.length <= 3) return stem;
  if (stem.endsWith('ies') && stem.length > 4) stem = `${stem.slice(0, -3)}y`;
  else if (/(?:ss|x|ch|sh|z)es$/u.test(stem)) stem = stem.slice(0, -2);
  else if (stem.endsWith('s') && !/(?:ss|us|is)$/u.test(stem)) stem = stem.slice(0, -1);
  if (stem.endsWith('ing') && stem.length > 5 && /^[^aeiouy]*[aeiouy].*ing$/u.test(stem))
    stem = undoubled(stem.slice(0, -3));
  else if (stem.endsWith('ied') && stem.length > 4) stem = `${stem.slice(0, -3)}y`;
  else if (
    stem.endsWith('ed') &&
    stem.length > 4 &&
    /^[^aeiouy]*[aeiouy].*ed$/u.test(stem) &&
    !stem.endsWith('eed')
  )
    stem = undoubled(stem.slice(0, -2));
  return stem.length > 3 && stem.endsWith('e') && !stem.endsWith('ee') ? stem.slice(0, -1) : stem;
}

function undoubled(stem: string): string {
  return /([bdfgmnprt])\1$/u.test(stem) ? stem.slice(0, -1) : stem;
}
