/** Billionths of a dollar in a dollar. */
const nanoPerUsd = 1_000_000_000n;

/** Whole nano-USD of a decimal text as `usdSchema` has it, or of a database's numeric; digits beyond the ninth are cut. */
export function toNanoUsd(usd: string): number {
  const [, sign = '', whole = '0', decimals = ''] = /^(-?)(\d+)(?:\.(\d*))?$/.exec(usd) ?? [];
  const nano = BigInt(whole) * nanoPerUsd + BigInt(decimals.slice(0, 9).padEnd(9, '0'));
  return Number(sign === '-' ? -nano : nano);
}

/** `"0.000123"`, `"12.5"`, `"-0.1"`: without zeros at the end. */
export function formatUsd(nanoUsd: number): string {
  const nano = BigInt(Math.round(nanoUsd));
  const magnitude = nano < 0n ? -nano : nano;
  const decimals = String(magnitude % nanoPerUsd)
    .padStart(9, '0')
    .replace(/(?<!0)0+$/, '');
  const whole = `${nano < 0n ? '-' : ''}${magnitude / nanoPerUsd}`;
  return decimals === '' ? whole : `${whole}.${decimals}`;
}
