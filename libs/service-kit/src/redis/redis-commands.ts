import type { Redis } from 'ioredis';
import type { z, ZodType } from 'zod';
import { Fault } from '../fault.ts';

/** What may be asked of Redis. */
export interface RedisCommands {
  /** Puts commands that have no script. `name` is the label in metrics. Rejects with a `Fault`. */
  run<T>(name: string, commands: (client: Redis) => Promise<T>): Promise<T>;
  script<Reply extends ZodType>(definition: ScriptDefinition<Reply>): Script<Reply>;
}

/** A Lua script. It is sent once, and again to a Redis that has lost it. */
export interface ScriptDefinition<Reply extends ZodType> {
  /** `budget.reserve`: the label in metrics. */
  readonly name: string;
  readonly lua: string;
  /** What it answers; numbers come as whole numbers, texts as text. */
  readonly reply: Reply;
  /** Whether texts come as bytes, since they are no text. */
  readonly isBinary?: boolean;
}

/** Runs a script in one step, on keys without the service's prefix. */
export type Script<Reply extends ZodType> = (
  keys: readonly string[],
  values: readonly (string | number | Buffer)[],
) => Promise<z.output<Reply>>;

interface ScriptParts<Reply extends ZodType> {
  readonly client: Redis;
  readonly run: RedisCommands['run'];
  readonly definition: ScriptDefinition<Reply>;
}

export function createScript<Reply extends ZodType>(parts: ScriptParts<Reply>): Script<Reply> {
  const { client, run, definition } = parts;
  const { name, lua, reply, isBinary = false } = definition;
  const command = `script ${name}`;
  client.defineCommand(command, { lua });
  // A defined command is a method of the client that no type knows.
  const call = Reflect.get(client, isBinary ? `${command}Buffer` : command) as (
    this: Redis,
    keyCount: number,
    ...parameters: (string | number | Buffer)[]
  ) => Promise<unknown>;
  return async (keys, values) => {
    const answer = await run(name, () => call.call(client, keys.length, ...keys, ...values));
    const parsed = reply.safeParse(answer);
    if (parsed.success) return parsed.data;
    throw new Fault('internal_error', { cause: new Error(`${name}: its answer is not what was expected`) });
  };
}
