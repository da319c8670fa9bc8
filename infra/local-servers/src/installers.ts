import type { Program } from './program.ts';
import { runCommand } from './run-command.ts';

/** A package manager that can install a program without asking anybody anything. */
export interface Installer {
  readonly name: string;
  usable(): Promise<boolean>;
  /** Resolves to nothing, or to why it could not. */
  install(program: Program): Promise<string | undefined>;
}

/**
 * Debian's packages start their servers as system services, on the standard ports. `policy-rc.d` is Debian's way to
 * forbid that while we install; one that is there already is left as it is. Several test files may come here at
 * once, hence the lock. The package lists of a fresh machine are empty, hence the second try.
 */
const aptScript = `
exec 9>/tmp/weir-apt.lock && flock 9
export DEBIAN_FRONTEND=noninteractive
policy=/usr/sbin/policy-rc.d
if [ ! -e $policy ]; then
  trap 'rm -f $policy' EXIT
  printf '#!/bin/sh\\nexit 101\\n' > $policy && chmod 755 $policy
fi
install() { apt-get install -y -q --no-install-recommends -o DPkg::Lock::Timeout=300 "$1"; }
install "$1" || { apt-get update -q && install "$1"; }
`;

const isRoot = () => process.getuid?.() === 0;
const succeeds = async (command: string, args: string[]) => (await runCommand(command, args)).code === 0;

const apt: Installer = {
  name: 'apt',
  usable: async () =>
    (await succeeds('apt-get', ['--version'])) && (isRoot() || (await succeeds('sudo', ['-n', 'true']))),
  install: async (program) => {
    const asRoot = ['sh', '-c', aptScript, 'sh', program.aptPackage];
    return run(isRoot() ? asRoot : ['sudo', '-n', ...asRoot]);
  },
};

const brew: Installer = {
  name: 'brew',
  usable: async () => succeeds('brew', ['--version']),
  install: async (program) => run(['brew', 'install', '--quiet', program.brewFormula]),
};

export const installers: readonly Installer[] = [apt, brew];

async function run([command = '', ...args]: string[]): Promise<string | undefined> {
  const { code, output } = await runCommand(command, args);
  return code === 0 ? undefined : output.trim().split('\n').slice(-3).join(' / ');
}
