/** Flags of a DATA chunk (RFC 9260 section 3.3.1). */
const flags = { last: 1, first: 2 };

/** The type of the chunk that tells of what was given up (RFC 3758 section 3.2). */
const FORWARD_TSN = 192;

/** What werift keeps of a fragment of a message. */
interface DataChunk {
  readonly flags: number;
  readonly maxRetransmits: number | undefined;
  readonly sentCount: number;
  readonly acked: boolean;
  abandoned: boolean;
  retransmit: boolean;
  /** By how much it counts as under way. */
  bookSize: number;
}

/** What is touched of werift's SCTP, which keeps it to itself. */
export interface SctpParts {
  /** Sent, and not acknowledged up to the first of them. */
  readonly sentQueue: DataChunk[];
  /** Not sent yet; each has its number already. */
  readonly outboundQueue: DataChunk[];
  /** Types of chunks that the other side knows besides. */
  readonly remoteExtensions: readonly number[];
  readonly lastSackedTsn: number;
  readonly advancedPeerAckTsn: number;
  /** To be sent with the next turn. */
  forwardTsnChunk: object | undefined;
  flightSizeDecrease(chunk: DataChunk): void;
  maybeAbandon(chunk: DataChunk): boolean;
  updateAdvancedPeerAckPoint(): void;
}

/**
 * Makes werift's SCTP keep to what RFC 3758 says of messages that may be lost. Its own rule gives up none that is to be sent
 * once, gives up the oldest message instead of the one that was lost, whatever that is, and tells the other side only once.
 */
export function abandonByTheBook(sctp: SctpParts): void {
  sctp.maybeAbandon = (chunk) => {
    if (!chunk.abandoned && sctp.remoteExtensions.includes(FORWARD_TSN) && isSpent(chunk)) abandon(sctp, chunk);
    return chunk.abandoned;
  };
  const update = sctp.updateAdvancedPeerAckPoint.bind(sctp);
  let told: object | undefined;
  sctp.updateAdvancedPeerAckPoint = () => {
    update();
    told = sctp.forwardTsnChunk ?? told;
    // RFC 3758 section 3.5, C3: until it is acknowledged.
    if (isAhead(sctp.advancedPeerAckTsn, sctp.lastSackedTsn)) sctp.forwardTsnChunk = told;
  };
}

/** Whether it was sent as often as it may be. */
function isSpent({ maxRetransmits, sentCount }: DataChunk): boolean {
  return maxRetransmits !== undefined && sentCount > maxRetransmits;
}

/** Gives up a whole message, those of its fragments too that were not sent yet. */
function abandon(sctp: SctpParts, chunk: DataChunk): void {
  const { sentQueue, outboundQueue } = sctp;
  const place = sentQueue.indexOf(chunk);
  if (place < 0) return;
  let first = place;
  while (first > 0 && !(sentQueue[first]!.flags & flags.first)) first--;
  for (let at = first; ; at++) {
    const unsent = at === sentQueue.length ? outboundQueue.shift() : undefined;
    if (unsent) sentQueue.push(unsent);
    const fragment = sentQueue[at];
    if (!fragment) return;
    // One that is lost or was acknowledged does not count as under way any more.
    if (!unsent && !fragment.acked && !fragment.retransmit) sctp.flightSizeDecrease(fragment);
    fragment.abandoned = true;
    fragment.retransmit = false;
    fragment.bookSize = 0;
    if (fragment.flags & flags.last) return;
  }
}

/** Of two transmission sequence numbers (RFC 9260 section 1.6). */
function isAhead(a: number, b: number): boolean {
  return ((a - b) | 0) > 0;
}
