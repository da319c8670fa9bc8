import type { Bucket, ValueOf } from '@weir/contracts/bucket';
import type {
  StoreEntry,
  StoreListener,
  StoreRevision,
  Store,
  UnreadableEntry,
  WriteOptions,
} from '@weir/service-kit/bus/store';
import type { MemoryStore } from '@weir/testkit/memory-store';

/**
 * One replica's store, far away from the bucket: what it asks and what it hears is under way until a test delivers it. The
 * order of each is kept, as on a connection.
 */
export class LaggingStore<B extends Bucket> implements Store<B> {
  /** For a test to set: whether it knows that it hears of every change. */
  isCurrent = true;
  /** How many questions have not been answered. */
  waiting = 0;
  /** How many have been put in all. */
  asked = 0;
  readonly #server: MemoryStore<B>;
  readonly #copy = new Map<string, StoreEntry<ValueOf<B>>>();
  readonly unreadable = new Map<string, UnreadableEntry>();
  readonly #listeners: StoreListener<B>[] = [];
  readonly #toServer: (() => void)[] = [];
  readonly #fromServer: (() => void)[] = [];

  constructor(server: MemoryStore<B>) {
    this.#server = server;
    server.watch((key, entry) => {
      this.#fromServer.push(() => {
        this.#apply(key, entry);
      });
    });
  }

  /** Brings the next question to the server. */
  deliverQuestion(): boolean {
    const question = this.#toServer.shift();
    question?.();
    return question !== undefined;
  }

  /** Brings the next answer, or the next change, from the server. */
  deliverNews(): boolean {
    const news = this.#fromServer.shift();
    news?.();
    return news !== undefined;
  }

  /** What is on its way from the server is never heard of. */
  loseNews(): void {
    this.#fromServer.length = 0;
  }

  get(key: string): StoreEntry<ValueOf<B>> | undefined {
    const unreadable = this.unreadable.get(key);
    if (unreadable) throw unreadable.fault;
    return this.#copy.get(key);
  }

  entries(): Iterable<StoreEntry<ValueOf<B>>> {
    return this.#copy.values();
  }

  watch(listener: StoreListener<B>): void {
    for (const [key, entry] of [...this.#copy, ...this.unreadable]) listener(key, entry);
    this.#listeners.push(listener);
  }

  put(key: string, value: ValueOf<B>, options?: WriteOptions): Promise<number> {
    return this.#ask(() => this.#server.put(key, value, options));
  }

  delete(key: string, options?: WriteOptions): Promise<void> {
    return this.#ask(() => this.#server.delete(key, options));
  }

  history(key: string): Promise<StoreRevision<ValueOf<B>>[]> {
    return this.#ask(() => this.#server.history(key));
  }

  #ask<T>(question: () => Promise<T>): Promise<T> {
    this.waiting++;
    this.asked++;
    return new Promise((resolve, reject) => {
      this.#toServer.push(() => {
        // The change itself is on its way before the answer.
        const answer = question();
        // It may be a refusal, and is heard of later.
        answer.catch(() => undefined);
        this.#fromServer.push(() => {
          this.waiting--;
          answer.then(resolve, reject);
        });
      });
    });
  }

  #apply(...[key, entry]: Parameters<StoreListener<B>>): void {
    this.#copy.delete(key);
    this.unreadable.delete(key);
    if (entry?.fault) this.unreadable.set(key, entry);
    else if (entry) this.#copy.set(key, entry);
    for (const listener of this.#listeners) listener(key, entry);
  }
}
