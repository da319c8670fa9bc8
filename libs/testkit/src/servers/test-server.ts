/** A real server for tests, on a free port of this machine, with data of its own. */
export interface TestServer {
  readonly port: number;
  readonly url: string;
  /** Of its process; absent where it runs in a container. */
  readonly pid?: number | undefined;
  /** Ends it at once, as a crash would. */
  kill(): Promise<void>;
  /** Starts it again on its port with its data, whether it runs or was killed. */
  restart(): Promise<void>;
  /** Stops it and removes its data. */
  close(): Promise<void>;
}
