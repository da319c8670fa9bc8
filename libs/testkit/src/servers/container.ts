import { freePort } from '@weir/local-servers/port';
import type { ServerKind } from '@weir/local-servers/server-kind';
import { untilItAnswers } from '@weir/local-servers/until-it-answers';
import { dockerAnswers } from './docker.ts';
import type { TestServer } from './test-server.ts';

/** A volume or nothing in each of the images; one that stays over a restart of the container. */
const dataFolder = '/data';

/**
 * Starts a server in a container of its own, which testcontainers removes when this process is gone. Resolves to
 * nothing where no Docker engine answers, or where it cannot get the images, and for what comes with Weir.
 */
export async function startInContainer(kind: ServerKind): Promise<TestServer | undefined> {
  const { program } = kind;
  if (!('image' in program) || !(await dockerAnswers())) return undefined;
  // Loaded only here, since it takes longer to load than a server takes to start.
  const { GenericContainer, getContainerRuntimeClient } = await import('testcontainers');
  const { command, image } = program;
  const port = await freePort();
  const started = await new GenericContainer(image)
    .withExposedPorts({ container: port, host: port })
    .withCommand([command, ...kind.arguments({ host: '0.0.0.0', port, dataFolder })])
    .withEnvironment(kind.environment?.(dataFolder) ?? {})
    .withCopyDirectoriesToContainer((kind.reads ?? []).map((path) => ({ source: path, target: path })))
    .start()
    .catch((error: unknown) => {
      process.emitWarning(
        `Docker could not start ${image}, so ${command} runs as a process: ${String(error)}`,
      );
    });
  if (!started) return undefined;

  const { container: engine } = await getContainerRuntimeClient();
  const container = engine.getById(started.getId());
  const close = async () => {
    await started.stop();
  };
  // testcontainers has reported what a container that ended had written.
  const ended = container.wait().then(() => ({ how: 'the container ended', lastLines: '' }));
  const answers = () => untilItAnswers(kind, port, { ended, stop: close });
  await answers();
  return {
    port,
    url: kind.url(port),
    kill: async () => {
      await container.kill();
    },
    restart: async () => {
      await container.restart();
      await answers();
    },
    close,
  };
}
