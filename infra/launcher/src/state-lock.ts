import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { unlink } from 'node:fs/promises';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/**
 * Makes sure that no other launcher uses the state folder: two NATS servers on the same files would destroy them. The
 * lock is a socket that the holder listens on, so it cannot outlast its holder, as a file with a pid in it can, or one whose
 * time has to pass (proper-lockfile's: ten seconds in which nobody could start again). It lies
 * in the system's folder for temporary files because the path of a socket must be short.
 */
export async function lockState(stateFolder: string): Promise<void> {
  const name = createHash('sha256').update(stateFolder).digest('hex').slice(0, 16);
  const path = join(tmpdir(), `weir-${name}.sock`);
  if (await somebodyListens(path)) {
    throw new Error(
      `Weir runs already with the state folder ${stateFolder}.\n` +
        'Stop that one first, or give this one a folder of its own: WEIR_STATE_DIR=.weir-2',
    );
  }
  await unlink(path).catch(() => undefined);
  const server = createServer((socket) => socket.destroy()).listen(path);
  await once(server, 'listening');
  server.unref();
}

async function somebodyListens(path: string): Promise<boolean> {
  const socket = connect(path);
  try {
    await once(socket, 'connect');
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}
