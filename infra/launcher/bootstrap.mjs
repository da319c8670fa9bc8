// Plain JavaScript for any Node from 20 on: this runs before anything is installed.
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { constants } from 'node:os';
import { join } from 'node:path';
import { clearInterval, setInterval } from 'node:timers';
import { fileURLToPath } from 'node:url';

export const root = fileURLToPath(new URL('../..', import.meta.url));

/** The Node version that Weir is written for. It comes as a package, so that any Node can bring it. */
const pinnedNode = join(root, 'node_modules/.bin/node');

/** Where Node keeps what it has made of TypeScript, for all that we start: it halves the time that a service takes to start. */
export const compileCache = join(root, 'node_modules/.cache/node');

/** Installs the packages that package-lock.json names, unless they are there already. */
export function ensureInstalled() {
  const reason = whatIsMissing();
  if (!reason) return;
  console.log(`Installing Weir's packages with npm ci, since ${reason} ...`);
  // npm warns of packages that want a newer Node than the one it runs on. They get the pinned one.
  const { status } = spawnSync('npm', ['ci', '--loglevel=error'], { cwd: root, stdio: 'inherit' });
  if (status !== 0) fail('npm ci failed: see its message above.');
  // An install script brings it, and npm can be set to run none.
  if (!existsSync(pinnedNode)) fail('npm ci brought no Node 24. Try: npm ci --ignore-scripts=false');
}

function fail(message) {
  console.error(message);
  process.exit(1);
}

/**
 * Runs a TypeScript file under the pinned Node and ends as it ends. Signals are handed on; where this process is
 * killed and can hand on nothing, the closed IPC channel tells the other.
 */
export function runPinnedNode(entry, args) {
  const child = spawn(pinnedNode, [join(root, entry), ...args], {
    stdio: ['inherit', 'inherit', 'inherit', 'ipc'],
    env: { NODE_COMPILE_CACHE: compileCache, ...process.env },
  });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
  stopWithNpm(child);
  child.once('exit', (code, signal) => {
    process.exit(signal ? 128 + constants.signals[signal] : code);
  });
}

/** npm hands signals on, but SIGKILL leaves it no chance to. That it is gone shows in a new parent. */
function stopWithNpm(child) {
  if (process.env.npm_lifecycle_event === undefined) return;
  const npm = process.ppid;
  const watch = setInterval(() => {
    if (process.ppid === npm) return;
    clearInterval(watch);
    child.kill('SIGTERM');
  }, 250);
  watch.unref();
}

/** npm keeps a copy of the lock of what it has installed, and writes it last. */
function whatIsMissing() {
  const installedLock = join(root, 'node_modules/.package-lock.json');
  if (!existsSync(installedLock) || !existsSync(pinnedNode)) return 'they are not there yet';
  const installed = packagesOf(installedLock);
  const missing = Object.entries(packagesOf(join(root, 'package-lock.json'))).filter(
    // The root has no entry of its own, and optional packages are often for another kind of machine.
    ([path, { version, optional }]) =>
      path !== '' && !optional && (!(path in installed) || installed[path].version !== version),
  );
  return missing.length > 0 ? `package-lock.json has ${missing.length} others than are installed` : undefined;
}

function packagesOf(lockFile) {
  return JSON.parse(readFileSync(lockFile, 'utf8')).packages;
}
