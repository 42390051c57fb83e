/** Flags of a DATA chunk (RFC 9260 section 3.3.1). */
const flags = { last: 1, first: 2, unordered: 4 };

/** What werift keeps of a fragment that has come. */
interface DataChunk {
  readonly tsn: number;
  readonly flags: number;
  readonly streamId: number;
  readonly streamSeqNum: number;
  readonly protocol: number;
  readonly userData: Buffer;
}

/** What werift keeps of a stream that comes in. */
interface InboundStream {
  /** What has come and is no message yet, or not its turn: in order of transmission. */
  reassembly: DataChunk[];
  /** Of the message that is next in order. */
  streamSequenceNumber: number;
  popMessages: () => Iterable<readonly [stream: number, protocol: number, data: Buffer]>;
}

export interface InboundParts {
  getInboundStream(id: number): InboundStream;
}

/**
 * Hands messages on as soon as they are whole and it is their turn. werift stops after the first where those of other streams
 * came between, and passes over one that is whole behind one that is not: they waited until something else came.
 */
export function handOnInFull(sctp: InboundParts): void {
  const original = sctp.getInboundStream.bind(sctp);
  sctp.getInboundStream = (id) => {
    const stream = original(id);
    if (!Object.hasOwn(stream, 'popMessages')) stream.popMessages = () => popMessages(stream);
    return stream;
  };
}

function* popMessages(stream: InboundStream): ReturnType<InboundStream['popMessages']> {
  for (let at = 0; at < stream.reassembly.length;) {
    const count = isNext(stream, at) ? countFragments(stream.reassembly, at) : 0;
    if (count === 0) {
      at++;
      continue;
    }
    const fragments = stream.reassembly.splice(at, count);
    const { flags: flag, streamId, streamSeqNum, protocol } = fragments[0]!;
    if (!(flag & flags.unordered) && streamSeqNum === stream.streamSequenceNumber) {
      stream.streamSequenceNumber = (streamSeqNum + 1) & 0xffff;
    }
    yield [streamId, protocol, Buffer.concat(fragments.map(({ userData }) => userData))];
  }
}

/** Whether a message begins there that does not have to wait for an earlier one. */
function isNext({ reassembly, streamSequenceNumber }: InboundStream, at: number): boolean {
  const { flags: flag, streamSeqNum } = reassembly[at]!;
  if (!(flag & flags.first)) return false;
  return (flag & flags.unordered) !== 0 || ((streamSeqNum - streamSequenceNumber) << 16) >> 16 <= 0;
}

/** Of how many fragments the message is that begins there; 0 while one is missing. */
function countFragments(reassembly: readonly DataChunk[], first: number): number {
  for (let at = first; at < reassembly.length; at++) {
    const { tsn, flags: flag } = reassembly[at]!;
    if (at > first && (flag & flags.first || tsn !== (reassembly[at - 1]!.tsn + 1) >>> 0)) return 0;
    if (flag & flags.last) return at - first + 1;
  }
  return 0;
}
