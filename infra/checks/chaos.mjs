import { ensureInstalled, runPinnedNode } from '../launcher/bootstrap.mjs';

ensureInstalled();
runPinnedNode('test/chaos/main.ts', process.argv.slice(2));
