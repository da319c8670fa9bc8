import type { Delta } from '@weir/contracts/chat/chunk';
import { TokenEstimate } from '@weir/pricing/token-estimate';
import type { OutputCount } from '../domain/dialect.ts';

/** Tokens around a tool call that its text does not show: what marks its beginning, its name and its end. */
const toolCallBytes = 32;

/** Of an image, as Gemini counts one: https://ai.google.dev/gemini-api/docs/pricing, 2026-11. Its base64 says nothing of it. */
const imageTokens = 1_290;

/** How much content a stream has brought, counted by ourselves: the provider tells only at its end, and of a cut stream never. */
export class StreamedOutput implements OutputCount {
  #bytes = 0;
  readonly #estimate = new TokenEstimate();
  #images = 0;

  get bytes(): number {
    return this.#bytes + this.#images * imageTokens;
  }

  get tokens(): number {
    return this.#estimate.tokens + this.#images * imageTokens;
  }

  add({
    content,
    reasoning_content: thought,
    refusal,
    tool_calls: calls,
    function_call: call,
    images,
  }: Delta): void {
    if (content) this.#take(content);
    if (thought) this.#take(thought);
    if (refusal) this.#take(refusal);
    if (Array.isArray(images)) this.#images += images.length;
    for (const each of calls ?? []) this.#takeCall(each.function ?? {});
    if (typeof call === 'object' && call !== null) this.#takeCall(call);
  }

  #takeCall(call: { name?: unknown; arguments?: unknown }): void {
    if (typeof call.name === 'string') {
      this.#bytes += toolCallBytes;
      this.#take(call.name);
    }
    if (typeof call.arguments === 'string') this.#take(call.arguments);
  }

  #take(text: string): void {
    this.#bytes += Buffer.byteLength(text);
    this.#estimate.add(text);
  }
}
