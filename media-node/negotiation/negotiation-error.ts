/** A description that cannot be agreed on; the message is for whoever sent it. */
export class NegotiationError extends Error {
  override readonly name = 'NegotiationError';
}
