/** How two texts are read so that they can be compared. */
export interface ReadingMode {
  readonly language: 'en' | 'vi';
  /** Without diacritics, since one of the two has none. */
  readonly plain: boolean;
}
