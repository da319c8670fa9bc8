import type { ChatRequest } from '@weir/contracts/chat/request';
import { unsupported } from './unsupported.ts';

/**
 * The request, for protocols without OpenAI's first form of tools. Throws a Fault where it is used: to leave it out
 * would change what is asked, and its callers could not read an answer with `tool_calls`.
 */
export function withoutLegacyFunctions(chat: ChatRequest): ChatRequest {
  const functions = chat['functions'];
  if (Array.isArray(functions) && functions.length > 0) {
    throw unsupported('This model takes no "functions": use "tools".', 'functions');
  }
  const index = chat.messages.findIndex(
    (message) => message.role === 'assistant' && message['function_call'],
  );
  if (index < 0) return chat;
  const message = 'This model takes no "function_call": use "tool_calls".';
  throw unsupported(message, `messages[${index}].function_call`);
}
