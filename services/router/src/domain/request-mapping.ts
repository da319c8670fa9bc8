/** A value that a host is sent: in another's place, or as a field of its own. */
export type MappedValue = string | number | boolean | Readonly<Record<string, unknown>>;

/** How a host of OpenAI's dialect is told what it knows under other names, or in another form. */
export interface RequestMapping {
  /** Roles of messages: `{ "developer": "system" }`. */
  readonly roles?: Readonly<Record<string, string>> | undefined;
  /** Parameters and fields of messages by their other names: `{ "seed": "random_seed" }`. */
  readonly params?: Readonly<Record<string, string>> | undefined;
  /**
   * Values by parameter: `{ "reasoning_effort": { "xhigh": "high" } }`. An object has the fields that say it in the
   * parameter's place, and null leaves the parameter out.
   */
  readonly values?: Readonly<Record<string, Readonly<Record<string, MappedValue | null>>>> | undefined;
  /** The form of the ids of tool calls: others are replaced, alike in the call and in its result. */
  readonly toolCallIds?: ToolCallIdForm | undefined;
  /** Whether it takes any text for the arguments of an earlier call, and does not read them as JSON. */
  readonly takesAnyArguments?: boolean | undefined;
  /** Whether a `user` that is more than letters, digits, hyphens and underscores is sent as its hash. */
  readonly hashesUsers?: boolean | undefined;
}

/** `length`: exactly so many letters and digits. */
export interface ToolCallIdForm {
  readonly length?: number | undefined;
  readonly max_length?: number | undefined;
}
