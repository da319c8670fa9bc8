/** How the schemes' numbers begin, and how long they are. Visa's of 13 digits are given out no more. */
const schemes: readonly (readonly [name: string, start: RegExp, lengths: readonly number[]])[] = [
  ['napas', /^9704/, [16, 19]],
  ['visa', /^4/, [16, 19]],
  ['mastercard', /^(?:5[1-5]|222[1-9]|22[3-9]|2[3-6]|27[01]|2720)/, [16]],
  ['amex', /^3[47]/, [15]],
  ['jcb', /^35(?:2[89]|[3-8])/, [16, 19]],
  ['diners', /^3(?:0[0-5]|[689])/, [14, 16]],
  ['discover', /^6(?:011|4[4-9]|5)/, [16, 19]],
  ['unionpay', /^62/, [16, 17, 18, 19]],
  ['maestro', /^(?:50[0-9]|5[6-8]|6304|67)/, [16, 18, 19]],
];

export function hasLuhnDigit(digits: string): boolean {
  let sum = 0;
  for (let place = 0; place < digits.length; place += 1) {
    const digit = digits.charCodeAt(digits.length - 1 - place) - 48;
    const doubled = place % 2 === 1 ? digit * 2 : digit;
    sum += doubled > 9 ? doubled - 9 : doubled;
  }
  return sum % 10 === 0;
}

/** By which rule digits are a card's number, or undefined. */
export function cardRule(digits: string): string | undefined {
  // Of nine numbers in ten the last digit says at once that they are none: a text may have very many.
  if (digits.length < 14 || !hasLuhnDigit(digits)) return undefined;
  const scheme = schemes.find(([, start, lengths]) => lengths.includes(digits.length) && start.test(digits));
  return scheme && `bank_card.${scheme[0]}`;
}
