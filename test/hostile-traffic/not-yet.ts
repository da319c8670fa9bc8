/** Cases that do not hold yet: each is to go from here with what mends it. */
export const notYet: ReadonlySet<string> = new Set();
