export interface Veto {
  readonly kind: string;
}

/** To be filled by the vetoes' own branch: nothing is vetoed here. */
export const findVeto: (question: string, candidate: string) => Veto | undefined = () => undefined;
