import { createCredential } from '@weir/contracts/admin/credentials';
import { getRealKey } from '@weir/contracts/keys/credentials';
import { sealingKeyOf } from '@weir/contracts/sealing-key';
import type { Actor } from '@weir/contracts/envelope';
import { createSealingPair, seal } from '@weir/service-kit/crypto/sealed-box';
import type { z } from 'zod';
import { TestAdmin } from './harness.ts';

type Asked = Omit<z.input<typeof createCredential.request>, 'sealedApiKey'> & { readonly key: string };

/** What an ingress and a router are to the credentials of a keys service. */
export class CredentialAdmin extends TestAdmin {
  readonly #router = createSealingPair();

  /** As the ingress seals a secret of a request: its JSON. */
  async seal(value: unknown): Promise<string> {
    const { publicKey } = await this.ask(sealingKeyOf('keys'), {});
    return seal(JSON.stringify(value), publicKey);
  }

  async create({ key, ...asked }: Asked, actor?: Partial<Actor>) {
    return this.ask(createCredential, { ...asked, sealedApiKey: await this.seal(key) }, actor);
  }

  /** What a router gets. */
  async realKey(credentialId: string): Promise<{ key: string; version: number }> {
    const { publicKey } = this.#router;
    const { sealedKey, version } = await this.ask(getRealKey, { credentialId, publicKey });
    return { key: this.#router.open(sealedKey), version };
  }
}
