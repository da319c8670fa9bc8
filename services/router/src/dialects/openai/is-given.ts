/** Hosts say null or an empty text where they have nothing to say. */
export function isGiven(said: string | null | undefined): said is string {
  return said !== undefined && said !== null && said !== '';
}
