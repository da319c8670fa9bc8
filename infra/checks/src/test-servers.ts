import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { natsServer, postgresServer, type Program, redisServer } from '@weir/local-servers/program';
import { z } from 'zod';

const programs = { nats: natsServer, postgres: postgresServer, redis: redisServer };

/** Each workspace says in its package.json which servers its tests start: `"weir": { "testServers": ["nats"] }`. */
const manifestSchema = z.object({
  name: z.string(),
  weir: z
    .object({ testServers: z.array(z.literal(Object.keys(programs) as (keyof typeof programs)[])) })
    .optional(),
});
const rootSchema = z.object({ workspaces: z.array(z.string()) });

/** The server programs that the tests of these vitest projects need; of all projects where none is named. */
export function serversFor(projects: readonly string[], root: string): Program[] {
  const read = (folder: string): unknown =>
    JSON.parse(readFileSync(join(root, folder, 'package.json'), 'utf8'));
  const manifests = rootSchema
    .parse(read(''))
    .workspaces.flatMap((pattern) => globSync(join(pattern, 'package.json'), { cwd: root }))
    .map((file) => manifestSchema.parse(read(join(file, '..'))));
  const wanted = manifests.filter(
    // A project is called as its package, less the scope.
    ({ name }) => projects.length === 0 || projects.includes(name.replace(/^@weir\//, '')),
  );
  const servers = new Set(wanted.flatMap(({ weir }) => weir?.testServers ?? []));
  return (Object.keys(programs) as (keyof typeof programs)[])
    .filter((server) => servers.has(server))
    .map((server) => programs[server]);
}
