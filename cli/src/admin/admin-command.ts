import type { AdminEndpoint, InputOf } from '@weir/contracts/admin/admin-endpoint';
import type { ReplyOf } from '@weir/contracts/descriptors';
import type { Command } from 'commander';
import type { CommandContext } from '../context.ts';
import type { Gateway } from '../gateway/find-gateway.ts';
import type { FieldText } from './field-texts.ts';

/** What a command says when it is done. */
export interface Presentation {
  /** For standard output: the result. */
  readonly result?: string | undefined;
  /** For standard error, a line each: what to know of it, and what to do next. */
  readonly notes?: readonly string[];
  /** Whether what it found is not what one wants: exit code 1. */
  readonly isBad?: boolean;
}

export interface Circumstances {
  readonly gateway: Gateway;
  /** Whether all that is said is seen by a person, and by nobody else. */
  readonly isOnTerminal: boolean;
}

/** A field of the items of a list, `actor.address` for one within another; with its title, where that is not its name. */
export type Column = string | readonly [title: string, field: string];

export interface CombinedFields {
  readonly name: string;
  readonly help: string;
  readonly fields: readonly string[];
  readonly parse: (text: string) => object;
}

/** A command that calls the admin API. All that is not said here follows from the contract. */
export interface AdminCommand<E extends AdminEndpoint = AdminEndpoint> {
  readonly verb: string;
  readonly aliases?: readonly string[];
  readonly endpoint: E;
  /** In the place of the contract's. */
  readonly summary?: string;
  /** What is always sent. Of the other fields only those in the path are given, then. */
  readonly fixed?: Partial<InputOf<E>>;
  /** Fields that are arguments and not options, besides those in the path. */
  readonly positional?: readonly string[];
  /** One argument for several fields, which are given in no other way. */
  readonly combined?: CombinedFields;
  /** Fields that mean something particular to this command. */
  readonly texts?: Readonly<Record<string, FieldText>>;
  /** Whether the contract's sealed field is asked for, and by which flag where it does not have to be. */
  readonly secret?: 'required' | `--${string}`;
  readonly columns?: readonly Column[];
  /** What is asked before it is done: for what cannot be undone, or stops somebody. */
  readonly confirm?: (input: InputOf<E>) => string | undefined;
  readonly present?: (reply: ReplyOf<E>, circumstances: Circumstances) => Presentation;
}

export interface AdminCommandGroup {
  readonly name: string;
  readonly aliases: readonly string[];
  readonly description: string;
  readonly commands: readonly AdminCommand[];
  /** Groups within it: `weir cache rules show`. */
  readonly groups?: readonly AdminCommandGroup[];
  /** A command that does not follow from a contract alone. */
  readonly addOwn?: (group: Command, context: CommandContext) => void;
}

/** Checks a command against its contract, and forgets which one it is. */
export const adminCommand = <E extends AdminEndpoint>(command: AdminCommand<E>): AdminCommand => command;
