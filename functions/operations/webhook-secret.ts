import { createHmac } from 'node:crypto';
import type { Webhook } from '../domain/webhook.ts';
import type { Context } from './context.ts';
import type { RandomBytes } from './random.ts';

/** How Standard Webhooks marks a symmetric secret. */
const PREFIX = 'whsec_';

/** The specification asks for 24 to 64. */
const SECRET_BYTES = 32;

/** A secret as the receiver keeps it. */
export function newWebhookSecret(random: RandomBytes): string {
  return PREFIX + Buffer.from(random(SECRET_BYTES)).toString('base64');
}

/** A secret as it is kept: unlike a password it is needed again, so it is not a hash. */
export function sealSecret({ seal }: Pick<Context, 'seal'>, webhookId: string, secret: string): string {
  return seal.close(webhookId, secret);
}

/** Undefined when it was sealed with another key: nobody can read it any more. */
export function openSecret({ seal }: Pick<Context, 'seal'>, webhookId: string, sealed: string): string | undefined {
  try {
    return seal.open(webhookId, sealed);
  } catch {
    return undefined;
  }
}

/**
 * The headers of a message as in Standard Webhooks 1.0.0: signed with the secret and, for a while after it was rotated,
 * with the one before. Undefined when the secret cannot be read any more.
 */
export function signedHeaders(
  context: Pick<Context, 'seal'>,
  { id, secret, previous }: Webhook,
  message: { readonly id: string; readonly body: string },
  nowMs: number,
): Record<string, string> | undefined {
  const timestamp = String(Math.floor(nowMs / 1000));
  const sealed = previous && previous.untilMs > nowMs ? [secret, previous.secret] : [secret];
  const secrets = sealed.map((each) => openSecret(context, id, each)).filter((each) => each !== undefined);
  if (secrets.length < sealed.length) return undefined;
  const signatures = secrets.map((each) => {
    const key = Buffer.from(each.slice(PREFIX.length), 'base64');
    const digest = createHmac('sha256', key).update(`${message.id}.${timestamp}.${message.body}`).digest('base64');
    return `v1,${digest}`;
  });
  return { 'webhook-id': message.id, 'webhook-timestamp': timestamp, 'webhook-signature': signatures.join(' ') };
}
