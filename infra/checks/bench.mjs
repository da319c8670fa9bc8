import { ensureInstalled, runPinnedNode } from '../launcher/bootstrap.mjs';

ensureInstalled();
runPinnedNode('bench/src/main.ts', process.argv.slice(2));
