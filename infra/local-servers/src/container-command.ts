import type { ServerKind } from './server-kind.ts';

export interface ContainerPlace {
  readonly image: string;
  readonly port: number;
  readonly dataFolder: string;
}

/**
 * The `docker run` that stands in for running the program itself. Paths are the same inside and outside, so its own
 * command line is the same too, and the files that it writes belong to our user. Docker's client hands signals on to it.
 */
export function containerCommand(
  kind: ServerKind,
  { image, port, dataFolder }: ContainerPlace,
): { command: string; args: string[]; env: NodeJS.ProcessEnv } {
  const user = `${process.getuid?.() ?? 0}:${process.getgid?.() ?? 0}`;
  const variables = kind.environment?.(dataFolder) ?? {};
  return {
    command: 'docker',
    args: [
      ...['run', '--rm', '--user', user, '--publish', `127.0.0.1:${port}:${port}`],
      ...['--volume', `${dataFolder}:${dataFolder}`],
      ...(kind.reads ?? []).flatMap((path) => ['--volume', `${path}:${path}:ro`]),
      // By name only: everybody on the machine can read a command line, and some values are passwords.
      ...Object.keys(variables).flatMap((name) => ['--env', name]),
      image,
      kind.program.command,
      ...kind.arguments({ host: '0.0.0.0', port, dataFolder }),
    ],
    env: { ...process.env, ...variables },
  };
}
