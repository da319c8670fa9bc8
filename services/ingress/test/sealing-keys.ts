import { MasterKeys } from '@weir/service-kit/crypto/master-keys';
import { sealingKeysOf } from '@weir/service-kit/crypto/sealed-box';

const keysOf = (byte: number) => sealingKeysOf(new MasterKeys([Buffer.alloc(32, byte)]));

/** The routers' keys, before and after a change. */
export const oldKeys = keysOf(1);
export const newKeys = keysOf(2);
