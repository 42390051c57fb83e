import type { sendMessageParams } from '@muon/contract/message.ts';
import type * as z from 'zod';
import type { MessageBudget } from './message-budget.ts';
import type { Delivery } from './room-message.ts';
import type { Seat } from './rooms.ts';

/** Why a message was not sent, to be told to its sender. */
export const messageRefusals = {
  forbidden: 'You may not send messages.',
  'message-too-large': 'The message is too large.',
  'too-many-messages': 'Too many messages; send fewer or smaller ones.',
  'participant-not-found': 'Nobody has any of these identities.',
} as const;

/** Sends a participant's message within its permissions and budget; tells what became of it, or why nothing did. */
export function sendMessage(
  { room, participant }: Seat,
  budget: MessageBudget,
  { topic, data, encoding, to, lossy }: z.output<typeof sendMessageParams>,
): Delivery | keyof typeof messageRefusals {
  if (!participant.permissions.data) return 'forbidden';
  const refusal = budget.refusal(Buffer.byteLength(data, encoding === 'text' ? 'utf8' : 'base64'), performance.now());
  if (refusal) return refusal;
  const delivery = room.send(
    { from: participant.identity, topic, data, encoding },
    { lossy, ...(to === undefined ? {} : { to }) },
  );
  return to && delivery.missing.length === new Set(to).size ? 'participant-not-found' : delivery;
}
