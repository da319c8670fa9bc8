import type { OwnProgram, Program } from './program.ts';

/** What sets one kind of server apart from another. */
export interface ServerKind {
  readonly program: Program | OwnProgram;
  /** What asks it to end in good order. */
  readonly stopSignal: 'SIGTERM' | 'SIGINT';
  /** How clients on this machine reach it. */
  url(port: number): string;
  /** Its command line. `host` is the address to listen on. */
  arguments(place: { host: string; port: number; dataFolder: string }): readonly string[];
  /** Whether the server at that port of this machine answers its clients. Rejects where it can never be used. */
  answers(port: number): Promise<boolean>;
  /** Files and folders that it reads, besides its data. */
  readonly reads?: readonly string[];
  /** Makes its data where there are none yet. Answers with how it is run, where that is not its plain command line. */
  readonly prepare?: (place: {
    file: string;
    host: string;
    port: number;
    dataFolder: string;
  }) => Promise<{ command: string; args: readonly string[] }>;
  /** What it, or the image that it comes in, reads from the environment. */
  environment?(dataFolder: string): Record<string, string>;
}
