import { vectorDatabase } from '@weir/local-servers/vector-database';
import { startAsProcess } from './process.ts';
import type { TestServer } from './test-server.ts';

/** Starts the vector database that `npm start` has. */
export function startVectorDatabase(): Promise<TestServer> {
  return startAsProcess(vectorDatabase('tests'));
}
