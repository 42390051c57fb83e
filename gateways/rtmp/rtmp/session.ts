import type { Socket } from 'node:net';
import Context from 'node-media-server/src/core/context.js';
import RtmpSession from 'node-media-server/src/session/rtmp_session.js';
import type { RtmpRefusal } from './messages.ts';

export interface SessionOptions {
  /** Whether this token admits to this program. */
  readonly admits: (egressId: string, token: string) => boolean;
  readonly onPlay: () => void;
  readonly onRefused: (refusal: RtmpRefusal) => void;
}

/** The only app; programs are its streams. */
export const RTMP_APP = 'live';

/** A puller sends commands alone; the largest of them, `connect`, stays far below. */
const MAX_MESSAGE_BYTES = 64 * 1024;
const MAX_CHUNK_BYTES = 1024 * 1024;
const MAX_CHUNK_STREAMS = 16;

/** A puller that is this far behind is not coming back. */
const MAX_QUEUED_BYTES = 8 * 1024 * 1024;

/** Neither a command nor a byte of media for so long. */
const IDLE_MS = 15_000;

/** From connecting to asking for a stream. */
const PLAY_DEADLINE_MS = 10_000;

/** What is refused throws this within the parser, so that nothing more of its bytes is looked at. */
class Refused extends Error {
  readonly refusal: RtmpRefusal;

  constructor(refusal: RtmpRefusal) {
    super(refusal);
    this.refusal = refusal;
  }
}

/**
 * Serves one connection by node-media-server's RTMP session, with what that one trusts its peers in taken out of
 * their hands: sizes are bounded before memory is taken, errors end the connection and not the process, a stream is
 * given only to who shows its token, and nobody publishes.
 */
export function serve(socket: Socket, { admits, onPlay, onRefused }: SessionOptions): void {
  const session = new RtmpSession(socket);
  const { rtmp } = session;
  const parse = session.onData;
  let playing = false;

  const refuse = (refusal: RtmpRefusal): void => {
    if (socket.destroyed) return;
    onRefused(refusal);
    // What explains the refusal may still be on its way out.
    socket.destroySoon();
  };

  session.onData = (data) => {
    if (socket.destroyed || socket.writableEnded) return;
    try {
      parse(data);
    } catch (error) {
      refuse(error instanceof Refused ? error.refusal : 'malformed');
    }
  };

  bound(rtmp);
  const respondAndPlay = rtmp.onPlay.bind(rtmp);
  rtmp.onPlay = (message) => {
    const [name = '', query = ''] = typeof message.streamName === 'string' ? message.streamName.split('?', 2) : [];
    const token = new URLSearchParams(query).get('token') ?? '';
    if (playing) throw new Refused('malformed');
    if (rtmp.streamApp !== RTMP_APP || !admits(name, token)) {
      answer(session, 'NetStream.Play.StreamNotFound', 'No such stream, or not with this token.');
      throw new Refused('unauthorised');
    }
    playing = true;
    clearTimeout(impatience);
    onPlay();
    respondAndPlay(message);
  };
  rtmp.onPublish = () => {
    answer(session, 'NetStream.Publish.BadName', 'Nobody may publish here.');
    throw new Refused('publish');
  };
  rtmp.dataHandler = () => {
    throw new Refused('publish');
  };

  const write = (buffer: Buffer): void => {
    if (socket.writableLength > MAX_QUEUED_BYTES) refuse('slow');
    else if (socket.writable) socket.write(buffer);
  };
  session.onOutput = write;
  session.sendBuffer = write;

  const impatience = setTimeout(() => refuse('idle'), PLAY_DEADLINE_MS);
  socket.on('close', () => clearTimeout(impatience));
  socket.setTimeout(IDLE_MS, () => refuse('idle'));
  session.run();
  Context.sessions.set(session.id, session);
}

/** Checks sizes where the parser learns them: before it takes memory for a message, and when a chunk size is set. */
function bound(rtmp: RtmpSession['rtmp']): void {
  const alloc = rtmp.packetAlloc.bind(rtmp);
  rtmp.packetAlloc = () => {
    if (rtmp.inPackets.size > MAX_CHUNK_STREAMS) throw new Refused('malformed');
    if (rtmp.parserPacket.header.length > MAX_MESSAGE_BYTES) throw new Refused('malformed');
    alloc();
  };
  const control = rtmp.controlHandler.bind(rtmp);
  rtmp.controlHandler = () => {
    control();
    if (rtmp.inChunkSize < 1 || rtmp.inChunkSize > MAX_CHUNK_BYTES) throw new Refused('malformed');
  };
}

function answer({ rtmp }: RtmpSession, code: string, description: string): void {
  rtmp.sendStatusMessage(rtmp.parserPacket.header.stream_id, 'error', code, description);
}
