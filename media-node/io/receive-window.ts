/**
 * How far ahead of what is complete a fragment may be; more than fits into the window that werift tells, of fragments of the
 * usual size.
 */
const MAX_AHEAD = 1024;

/** What may wait in all: a message of the largest size behind the window, however it is cut. */
const MAX_WAITING = 4096;
const MAX_WAITING_BYTES = 2 * 1024 * 1024;

/** As many as browsers have. */
const MAX_STREAMS = 1024;

/** What werift keeps of a fragment that has come. */
interface DataChunk {
  readonly tsn: number;
  readonly streamId: number;
  readonly userData: Buffer;
}

/** What was given up, up to this number, and of which streams (RFC 3758 section 3.2). */
interface ForwardTsnChunk {
  streams: [id: number, sequenceNumber: number][];
}

/** What is touched of werift's SCTP, which keeps it to itself. */
export interface WindowParts {
  /** Up to which all have come; undefined before the association is up. */
  lastReceivedTsn: number | undefined;
  /** Those beyond it that have come. */
  sackMisOrdered: Set<number>;
  sackDuplicates: number[];
  /** What is left of the window. */
  readonly advertisedRwnd: number;
  readonly inboundStreams: Readonly<Record<number, { readonly reassembly: readonly DataChunk[] }>>;
  receiveDataChunk(chunk: DataChunk): void;
  receiveForwardTsnChunk(chunk: ForwardTsnChunk): void;
  markReceived(tsn: number): boolean;
}

/**
 * Bounds what a client makes werift keep (RFC 9260 section 6.2): it tells a window and takes whatever comes beyond it. What is
 * too far ahead is as good as lost, and is sent again; `overflowed` hears of a client that has more waiting than one that
 * keeps to the window ever has.
 */
export function keepWindow(sctp: WindowParts, overflowed: () => void): void {
  const windowBytes = sctp.advertisedRwnd;
  const receive = sctp.receiveDataChunk.bind(sctp);
  const forward = sctp.receiveForwardTsnChunk.bind(sctp);
  let waiting = 0;
  sctp.receiveDataChunk = (chunk) => {
    const { tsn, streamId } = chunk;
    if (!isWithin(sctp, tsn) || !mayHave(sctp, streamId)) return;
    const before = sctp.inboundStreams[streamId]?.reassembly.length ?? 0;
    receive(chunk);
    waiting += sctp.inboundStreams[streamId]!.reassembly.length - before;
    // Streams that were closed have taken theirs with them.
    if (waiting > MAX_WAITING) waiting = countWaiting(sctp);
    if (waiting > MAX_WAITING || windowBytes - sctp.advertisedRwnd > MAX_WAITING_BYTES) overflowed();
  };
  sctp.receiveForwardTsnChunk = (chunk) => {
    chunk.streams = chunk.streams.filter(([id]) => mayHave(sctp, id));
    forward(chunk);
    advance(sctp);
    waiting = countWaiting(sctp);
  };
  // werift's own sorts all that is ahead with each packet, and as strings.
  sctp.markReceived = (tsn) => markReceived(sctp, tsn);
}

/** Whether it is not too far ahead; one that has come before is not. */
function isWithin({ lastReceivedTsn }: Pick<WindowParts, 'lastReceivedTsn'>, tsn: number): boolean {
  return lastReceivedTsn !== undefined && distance(lastReceivedTsn, tsn) <= MAX_AHEAD;
}

function mayHave({ inboundStreams }: WindowParts, streamId: number): boolean {
  return streamId in inboundStreams || Object.keys(inboundStreams).length < MAX_STREAMS;
}

function countWaiting({ inboundStreams }: WindowParts): number {
  return Object.values(inboundStreams).reduce((sum, { reassembly }) => sum + reassembly.length, 0);
}

/** Whether it had come before. */
function markReceived(sctp: WindowParts, tsn: number): boolean {
  const { lastReceivedTsn, sackMisOrdered, sackDuplicates } = sctp;
  if (distance(lastReceivedTsn!, tsn) <= 0 || sackMisOrdered.has(tsn)) {
    sackDuplicates.push(tsn);
    return true;
  }
  sackMisOrdered.add(tsn);
  advance(sctp);
  // Only a client that has begun anew has left some behind.
  if (sctp.sackMisOrdered.size > MAX_AHEAD)
    sctp.sackMisOrdered = new Set([...sackMisOrdered].filter((each) => isAhead(sctp, each)));
  return false;
}

function isAhead({ lastReceivedTsn }: WindowParts, tsn: number): boolean {
  return distance(lastReceivedTsn!, tsn) > 0 && isWithin({ lastReceivedTsn }, tsn);
}

/** To the last before the first that is missing. */
function advance(sctp: WindowParts): void {
  if (sctp.lastReceivedTsn === undefined) return;
  for (let next = after(sctp.lastReceivedTsn); sctp.sackMisOrdered.delete(next); next = after(next)) {
    sctp.lastReceivedTsn = next;
  }
}

function after(tsn: number): number {
  return (tsn + 1) >>> 0;
}

/** From one transmission sequence number to another (RFC 9260 section 1.6). */
function distance(from: number, to: number): number {
  return (to - from) | 0;
}
