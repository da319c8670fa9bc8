/** By libphonenumber's data of 2026-06; nine national digits. */
const mobile = /^(?:3\d|5[1689]|52[238]|559|7[06-9]|8[1-8]|89[6-9]|9[0-8]|99[013-9])/;
/** Ten national digits. */
const landline = /^2(?:0[3-9]|1[0-689]|2[0-25-9]|[38][2-9]|4[2-8]|5[124-9]|6[0-39]|7[0-7]|9[0-4679])/;
/** As they were until 2018; ten national digits. */
const oldMobile = /^1(?:2\d|6[2-9]|86|88|99)/;

/** What follows `0`, `84` or `0084`, in the ways in which it may be written. */
function nationalNumbers(digits: string): string[] {
  const found: string[] = [];
  for (const prefix of ['00840', '0084', '840', '84', '0']) {
    if (digits.startsWith(prefix)) found.push(digits.slice(prefix.length));
  }
  return found;
}

function nationalRule(national: string): string | undefined {
  if (national.length === 9 && mobile.test(national)) return 'phone.mobile';
  if (national.length !== 10) return undefined;
  if (landline.test(national)) return 'phone.landline';
  return oldMobile.test(national) ? 'phone.old_mobile' : undefined;
}

/** By which rule digits are a telephone number that needs no words around it, or undefined. */
export function phoneRule(digits: string, hasPlus: boolean): string | undefined {
  if (digits.length < 8 || digits.length > 15) return undefined;
  if (digits.startsWith('0') || digits.startsWith('84')) {
    if (hasPlus && !digits.startsWith('84')) return undefined;
    for (const national of nationalNumbers(digits)) {
      const rule = nationalRule(national);
      if (rule) return rule;
    }
    return undefined;
  }
  // E.164: a country's code begins with no zero.
  return hasPlus && digits.length >= 9 ? 'phone.international' : undefined;
}

/** A mobile number without its leading zero, as `912 345 678`: only with words around it. */
export const isBareMobile = (digits: string) => digits.length === 9 && mobile.test(digits);

/** `555-123-4567`: how North America groups, where neither an area nor an exchange begins with 0 or 1. */
export function isNorthAmerican(groups: readonly { digits: string }[]): boolean {
  const [area = '', exchange = '', line = ''] = groups.map((group) => group.digits);
  return (
    groups.length === 3 && /^[2-9]\d{2}$/.test(area) && /^[2-9]\d{2}$/.test(exchange) && line.length === 4
  );
}
