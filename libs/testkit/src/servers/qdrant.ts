import type { ServerKind } from '@weir/local-servers/server-kind';
import { startInContainer } from './container.ts';
import type { TestServer } from './test-server.ts';

/** No package manager has it, so that its image is the only way to it. */
const qdrant: ServerKind = {
  program: { command: 'sh', aptPackage: '', brewFormula: '', folders: [], image: 'qdrant/qdrant:v1.19.0' },
  stopSignal: 'SIGTERM',
  url: (port) => `http://127.0.0.1:${port}`,
  arguments: ({ port }) => ['-c', `QDRANT__SERVICE__HTTP_PORT=${port} exec /qdrant/qdrant`],
  answers: (port) =>
    fetch(`http://127.0.0.1:${port}/readyz`).then(
      ({ ok }) => ok,
      () => false,
    ),
};

/** Starts an empty Qdrant; resolves to nothing where no Docker engine answers, or has no way to its image. */
export function startQdrant(): Promise<TestServer | undefined> {
  return startInContainer(qdrant);
}
