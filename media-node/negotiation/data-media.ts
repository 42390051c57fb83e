import { attribute, type MediaDescription } from '@muon/wire/sdp/description.ts';

/** The SCTP port on our side (RFC 8841 section 5). */
export const LOCAL_SCTP_PORT = 5000;

/** The largest message that we take. */
export const MAX_MESSAGE_BYTES = 65_536;

/** The medium that carries the data channels. */
export interface DataMedia {
  readonly localPort: number;
  readonly maxMessageBytes: number;
  readonly remotePort: number;
  /** The largest message that the client takes (RFC 8841 section 6). */
  readonly remoteMaxMessageBytes: number;
}

/** What a client says of its data channels, where it differs from the defaults. */
export function readDataMedia(media: MediaDescription): DataMedia {
  const port = Number(attribute(media, 'sctp-port') ?? LOCAL_SCTP_PORT);
  const maxMessageBytes = Number(attribute(media, 'max-message-size') ?? MAX_MESSAGE_BYTES);
  return {
    localPort: LOCAL_SCTP_PORT,
    maxMessageBytes: MAX_MESSAGE_BYTES,
    remotePort: port > 0 && port <= 65_535 ? port : LOCAL_SCTP_PORT,
    remoteMaxMessageBytes: maxMessageBytes > 0 ? maxMessageBytes : MAX_MESSAGE_BYTES,
  };
}
