import type { FaultCode } from '@weir/contracts/faults';
import { isMaskedKey } from '@weir/contracts/keys/masked-key';
import { type MasterKeys, UnreadableToken } from '../../crypto/master-keys.ts';
import { Fault } from '../../fault.ts';

export interface SecretsOptions {
  /** The document's. It stands in every token, so that one that was moved to another document does not open there. */
  readonly name: string;
  readonly masterKeys: MasterKeys;
}

interface UnmaskOptions<Document> extends SecretsOptions {
  /** The stored state that is replaced, for the secrets that the new one has masked. */
  readonly previous?: Document | undefined;
}

/** A secret, where it stands (`targets[0].api_key`), and to whom it is sent. */
export interface PlacedSecret {
  readonly text: string;
  readonly place: string;
  readonly recipient: string;
}

interface SecretFields<Document> {
  /** The document with another text for each of its secrets. */
  readonly map: (document: Document, change: (secret: PlacedSecret) => string) => Document;
  /** Of a document that is refused. */
  readonly code: FaultCode;
  /** What is said of a mask that stands for no stored secret: `the stored config has no such key for this host`. */
  readonly unknownMask: string;
  /** Whose the master keys are. */
  readonly holder: string;
  readonly maxTokenLength: number;
}

const mask = '****';
/** Of a shorter secret even the last characters would tell too much. */
const minShownLength = 12;

/** How the secrets within one kind of documents are stored and shown. */
export function documentSecrets<Document>(fields: SecretFields<Document>) {
  const { code, holder, map, maxTokenLength, unknownMask } = fields;

  const refusal = ({ place }: PlacedSecret, problem: string) =>
    new Fault(code, { message: `${place} ${problem}.`, param: place });

  function decrypt({ text, place }: PlacedSecret, { name, masterKeys }: SecretsOptions): string {
    try {
      const bound = masterKeys.decrypt(text);
      if (bound.startsWith(`${name}\n`)) return bound.slice(name.length + 1);
      throw new UnreadableToken();
    } catch (cause) {
      const message = `${place} cannot be decrypted with the ${holder} master keys.`;
      throw new Fault('internal_error', { message, param: place, cause });
    }
  }

  function readable(document: Document, options: SecretsOptions): PlacedSecret[] {
    const secrets: PlacedSecret[] = [];
    map(document, (secret) => {
      secrets.push(secret);
      return secret.text;
    });
    return secrets.flatMap((secret) => {
      try {
        return { ...secret, text: decrypt(secret, options) };
      } catch {
        return [];
      }
    });
  }

  /** The secret that a mask stands for: the one at its place, or, where things were moved, the only one that looks like it. */
  function kept(masked: PlacedSecret, known: readonly PlacedSecret[]): string {
    const alike = known.filter(
      ({ text, recipient }) => maskOf(text) === masked.text && recipient === masked.recipient,
    );
    const here = alike.filter(({ place }) => place === masked.place);
    const [secret, ...others] = new Set((here.length > 0 ? here : alike).map(({ text }) => text));
    if (secret !== undefined && others.length === 0) return secret;
    throw refusal(masked, `is masked, and ${unknownMask}`);
  }

  return {
    /**
     * A document as it was meant, of one that was shown, edited and given back: each masked secret is what it was. But only for
     * the recipient that it was given for, or who may not read a secret could have it sent to an address of theirs. Throws
     * where a mask stands for no such secret.
     */
    unmask(document: Document, options: UnmaskOptions<Document>): Document {
      const known = options.previous === undefined ? [] : readable(options.previous, options);
      return map(document, (given) => (isMaskedKey(given.text) ? kept(given, known) : given.text));
    },

    /** A document as it is stored: each secret is a token. */
    encrypt: (document: Document, { masterKeys, name }: SecretsOptions): Document =>
      map(document, (secret) => {
        const token = masterKeys.encrypt(`${name}\n${secret.text}`);
        if (token.length > maxTokenLength) throw refusal(secret, 'is too long to be stored');
        return token;
      }),

    /** A stored document as it is used. Throws where a token was made with other master keys or for another document. */
    decrypt: (document: Document, options: SecretsOptions): Document =>
      map(document, (secret) => decrypt(secret, options)),

    /** A stored document as admins see it: `****abcd`. What cannot be decrypted is shown without its last characters. */
    mask(document: Document, options: SecretsOptions): Document {
      const shown = new Map(readable(document, options).map(({ place, text }) => [place, maskOf(text)]));
      return map(document, ({ place }) => shown.get(place) ?? mask);
    },
  };
}

function maskOf(secret: string): string {
  return secret.length < minShownLength ? mask : `${mask}${secret.slice(-4)}`;
}
