/** Bytes from a peer that break their format. Thrown by decoders; whoever owns the connection decides what follows. */
export class ProtocolError extends Error {
  override readonly name = 'ProtocolError';
}
