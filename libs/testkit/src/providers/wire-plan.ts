export interface WirePiece {
  text: string;
  /** How many tokens it carries, by which it is paced. */
  tokens: number;
}

/** Exactly what goes over the connection, and how it ends. */
export interface WirePlan {
  status: number;
  headers: Record<string, string | number>;
  pieces: WirePiece[];
  ending: 'complete' | 'destroy' | 'stay_open';
  /** Whether the headers are sent before the body is there, as those of a stream are. */
  headersFirst: boolean;
  /** Silence before the headers. */
  holdHeadersMs?: number;
  /** Silence between the headers and the first byte of the body. */
  holdBodyMs?: number;
}
