/** What routing is decided by. Params are the request's body as it came: a value there has the type that it has. */
export interface RequestFields {
  readonly metadata: Readonly<Record<string, string>>;
  readonly params: Readonly<Record<string, unknown>>;
}

/**
 * Reads what a path leads to: `metadata.plan`, `params.messages.0.role`. Metadata is flat, so that a dot there belongs to
 * the name. It finds undefined where there is nothing, or nothing of the request's own.
 */
export function fieldReader(path: string): (fields: RequestFields) => unknown {
  const [root, ...steps] = path.split('.');
  if (root !== 'metadata') return ({ params }) => steps.reduce<unknown>(ownValue, params);
  const name = steps.join('.');
  return ({ metadata }) => ownValue(metadata, name);
}

function ownValue(holder: unknown, name: string): unknown {
  if (typeof holder !== 'object' || holder === null || !Object.hasOwn(holder, name)) return undefined;
  return Reflect.get(holder, name);
}
