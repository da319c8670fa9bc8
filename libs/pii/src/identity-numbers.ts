/** The provinces of identity numbers. The 34 that are left since 2025 are among them; cards with the others stay valid. */
const provinces = new Set(
  (
    '001 002 004 006 008 010 011 012 014 015 017 019 020 022 024 025 026 027 030 031 033 034 035 036 037 038 040 042 ' +
    '044 045 046 048 049 051 052 054 056 058 060 062 064 066 067 068 070 072 074 075 077 079 080 082 083 084 086 087 ' +
    '089 091 092 093 094 095 096'
  ).split(' '),
);

/** Nobody is born after it, for as long as this is kept. */
const lastBirthYear = 2030;

/** Whether twelve digits are an identity number of somebody who was born in Vietnam: province, sex and century, year. */
export function isDomesticIdentity(digits: string): boolean {
  if (digits.length !== 12 || !provinces.has(digits.slice(0, 3))) return false;
  return 1900 + Math.floor(Number(digits[3]) / 2) * 100 + Number(digits.slice(4, 6)) <= lastBirthYear;
}

/** Whether twelve digits begin as those of somebody who was born abroad do. */
export function isForeignBorn(digits: string): boolean {
  const country = Number(digits.slice(0, 3));
  return digits.length === 12 && country >= 101 && country <= 295;
}

/** Whether nine digits begin with a province of the old identity card. A third of all do. */
export function hasOldProvince(digits: string): boolean {
  const province = Number(digits.slice(0, 2));
  return digits.length === 9 && province >= 1 && province <= 38;
}

const taxWeights = [31, 29, 23, 19, 17, 13, 7, 5, 3];

/** Whether the tenth digit of a tax code follows from the others. */
export function isTaxCode(digits: string): boolean {
  if (digits.length < 10) return false;
  const sum = taxWeights.reduce((total, weight, index) => total + weight * Number(digits[index]), 0);
  return 10 - (sum % 11) === Number(digits[9]);
}

/** `123-45-6789`: an area, a group and a serial that are given out. */
export function isSocialSecurityNumber(groups: readonly { digits: string }[]): boolean {
  const [area = '', group = '', serial = ''] = groups.map(({ digits }) => digits);
  if (groups.length !== 3 || area.length !== 3 || group.length !== 2 || serial.length !== 4) return false;
  return !/^(?:000|666|9\d\d)$/.test(area) && group !== '00' && serial !== '0000';
}
