/** What a provider answers, byte for byte. */
export interface HostileAnswer {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** Its pieces are written one after the other, as fast as they are taken. */
  readonly body: string | Iterable<string>;
}

/** What a caller sends: by HTTP, or as bytes. */
export interface HostileRequest {
  readonly method?: string;
  readonly path?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  /** In the place of all others: what is written to a connection. */
  readonly bytes?: string;
}

/** A message that a neighbour on the bus publishes before the request. */
export interface HostileMessage {
  /** The service whose rights it has. */
  readonly as: string;
  readonly subject: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body: string;
}

/** What has to come of it. */
export interface Expected {
  /** 0 is an end without an answer. */
  readonly status: number | readonly number[];
  /** Of the error. */
  readonly code?: string | readonly string[];
}

/** A hostile input, how it is sent, and what has to come of it. */
export interface HostileCase {
  /** Fit for a path. */
  readonly id: string;
  /** The name of the test. */
  readonly promise: string;
  /** What is sent is made anew each time: some of it has megabytes. */
  readonly request?: () => HostileRequest;
  /** A chat request goes by a config whose host this is. Given the Authorization that came. */
  readonly answer?: (authorization: string) => HostileAnswer;
  /** Where its form is not OpenAI's. */
  readonly dialect?: 'anthropic' | 'ollama';
  readonly isStreamed?: boolean;
  /** The config of the request, in the place of one with the host alone, as an object or a text; `null` for none. `upstream` is that host's address. */
  readonly config?: ((upstream: string) => object | string) | null;
  /** How many of it are sent at once. */
  readonly atOnce?: number;
  /** Published before, and undone after it. */
  readonly messages?: readonly HostileMessage[];
  readonly expected: Expected;
  /** What no answer's head or body and no line of the log may hold, beside the secrets. */
  readonly never?: readonly string[];
}
