import { MAX_SIGNAL_BYTES } from '@muon/contract/signal.ts';
import { sendMessageParams } from '@muon/contract/message.ts';
import type { Params } from './methods.ts';

/** Reads what came over a client's channel of lossy messages; undefined when it is none. */
export function parseLossyMessage(data: string | Uint8Array): Params<'sendMessage'> | undefined {
  if (data.length > MAX_SIGNAL_BYTES) return undefined;
  try {
    const message = sendMessageParams.parse(JSON.parse(typeof data === 'string' ? data : Buffer.from(data).toString()));
    return { ...message, lossy: true };
  } catch {
    return undefined;
  }
}
