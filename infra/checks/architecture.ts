import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { cruise, type ICruiseResult } from 'dependency-cruiser';
import { architectureRules } from './architecture-rules.ts';

const roots = ['libs', 'services', 'infra', 'cli', 'bench', 'eval', 'test'];

/** Fewer modules than this in the real tree would mean that the tool has not read the files, and proves nothing. */
const fewestModules = 60;

export interface ArchitectureReport {
  moduleCount: number;
  /** Each in one line: the rule, the arrow, and the cycle where it is one. */
  violations: string[];
}

/** Reads every import below `folder`, type imports included, and holds them against the rules. */
export async function checkArchitecture(folder: string): Promise<ArchitectureReport> {
  const { output } = await cruise(
    roots.filter((root) => existsSync(join(folder, root))),
    {
      baseDir: folder,
      validate: true,
      ruleSet: { forbidden: architectureRules },
      tsPreCompilationDeps: true,
      doNotFollow: { path: 'node_modules' },
      exclude: { path: '^infra/checks/fixtures/' },
      enhancedResolveOptions: {
        exportsFields: ['exports'],
        conditionNames: ['import', 'types', 'node', 'require', 'default'],
        extensions: ['.ts', '.js', '.mjs', '.json'],
      },
    },
    { exportsFields: ['exports'], conditionNames: ['import', 'types', 'node', 'require', 'default'] },
  );
  const { modules, summary } = output as ICruiseResult;
  return {
    moduleCount: modules.filter(({ source }) => roots.some((root) => source.startsWith(`${root}/`))).length,
    violations: summary.violations.map(({ rule, from, to, cycle }) => {
      const arrows = [from, ...(cycle?.map(({ name }) => name) ?? [to])].join(' -> ');
      return `${rule.name}: ${arrows}`;
    }),
  };
}

async function main(): Promise<void> {
  const { moduleCount, violations } = await checkArchitecture(resolve(import.meta.dirname, '../..'));
  for (const violation of violations) console.error(violation);
  if (moduleCount < fewestModules) console.error(`only ${moduleCount} modules were read: the check is blind`);
  console.log(`${moduleCount} modules, ${violations.length} forbidden imports`);
  if (violations.length > 0 || moduleCount < fewestModules) process.exitCode = 1;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) await main();
