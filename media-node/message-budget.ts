import { MAX_MESSAGE_BYTES } from '@muon/contract/message.ts';
import { TokenBucket } from './token-bucket.ts';

const MESSAGES = { perSecond: 100, burst: 200 };

/** Each byte goes to everybody in the room. */
const BYTES = { perSecond: 512 * 1024, burst: 32 * MAX_MESSAGE_BYTES };

/** What one participant may send in messages. */
export class MessageBudget {
  readonly #messages: TokenBucket;
  readonly #bytes: TokenBucket;

  constructor(nowMs: number) {
    this.#messages = new TokenBucket(MESSAGES, nowMs);
    this.#bytes = new TokenBucket(BYTES, nowMs);
  }

  /** Why a message of `bytes` may not be sent; undefined when it may, and is counted. */
  refusal(bytes: number, nowMs: number): 'message-too-large' | 'too-many-messages' | undefined {
    if (bytes > MAX_MESSAGE_BYTES) return 'message-too-large';
    const allowed = this.#messages.take(nowMs) && this.#bytes.take(nowMs, bytes);
    return allowed ? undefined : 'too-many-messages';
  }
}
