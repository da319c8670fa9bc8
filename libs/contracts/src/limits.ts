/** The bus carries no more in one message (`max_payload` in `infra/nats/limits.conf`). */
export const maxBodyBytes = 8 * 1024 * 1024;

/** All headers of a request together: there is room for a routing config in one of them. */
export const maxHeaderBytes = 48 * 1024;

/** A routing config that comes along in a header of every request. */
export const maxInlineConfigBytes = 32 * 1024;

/** All states that are kept of a stored routing config must fit into one message: 64 of these do. */
export const maxStoredConfigBytes = 64 * 1024;

/** The same of a guardrail policy. */
export const maxStoredPolicyBytes = 64 * 1024;

/** `64 KiB`, `8 MiB`: as messages say it. */
export function sizeText(bytes: number): string {
  return bytes % 1_048_576 === 0 ? `${bytes / 1_048_576} MiB` : `${bytes / 1_024} KiB`;
}
