import { parseArgs } from 'node:util';

/** The port that debuggers try first. */
const inspectorPort = 9229;

/** What Node is to do with the services beside running them. */
export interface NodeOptions {
  /** Node's arguments for one of the services, before its file. */
  readonly argumentsFor: (service: string) => readonly string[];
  /** Settings that go with it, which the environment may overrule. */
  readonly variables: Readonly<Record<string, string>>;
}

/**
 * Reads `npm start`'s and `npm run dev`'s own arguments: `--watch [service]...` restarts these services, or all, when a
 * file changes that they have loaded; `--inspect service` lets a debugger attach to it; `--cpu-prof service` writes a
 * CPU profile into `profileFolder` when it ends. Throws where a service is none.
 */
export function parseNodeOptions(
  args: readonly string[],
  { services, profileFolder }: { services: readonly string[]; profileFolder: string },
): NodeOptions {
  const { values, positionals: watched } = parseArgs({
    args: [...args],
    options: { watch: { type: 'boolean' }, inspect: { type: 'string' }, 'cpu-prof': { type: 'string' } },
    allowPositionals: true,
  });
  const { watch, inspect, 'cpu-prof': profiled } = values;
  for (const name of [...watched, inspect, profiled]) {
    if (name !== undefined && !services.includes(name)) {
      throw new Error(`there is no service "${name}". There are: ${services.join(', ')}`);
    }
  }
  const isWatched = (service: string) => watch && (watched.length === 0 || watched.includes(service));
  return {
    argumentsFor: (service) => [
      ...(isWatched(service) ? ['--watch', '--watch-preserve-output'] : []),
      ...(service === inspect ? [`--inspect=127.0.0.1:${inspectorPort}`] : []),
      ...(service === profiled ? ['--cpu-prof', `--cpu-prof-dir=${profileFolder}`] : []),
    ],
    // Who has just saved a file does not want to wait until a forgotten stream has ended.
    variables: watch ? { WEIR_DRAIN_TIMEOUT_MS: '1000' } : {},
  };
}
