import childProcess from 'node:child_process';
import { syncBuiltinESMExports } from 'node:module';
import { Server } from 'node:net';

/** Loaded before each unit test: what needs a server or a process belongs into the folder `test/` of its workspace. */
const forbid = (what: string) => () => {
  throw new Error(`a unit test must not ${what}: move it from src/ to test/`);
};

childProcess.spawn = forbid('start a program');
childProcess.fork = forbid('start a program');
Server.prototype.listen = forbid('listen on a port');
syncBuiltinESMExports();
