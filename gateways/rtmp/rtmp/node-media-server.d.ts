/** The parts of node-media-server 4.4.3 that are used here; it has no types of its own. */

declare module 'node-media-server/src/core/avpacket.js' {
  class AVPacket {
    codec_id: number;
    codec_type: number;
    flags: number;
    pts: number;
    dts: number;
    size: number;
    data: Buffer;
  }
  export = AVPacket;
}

declare module 'node-media-server/src/core/logger.js' {
  const logger: { log(message: string, level?: string): void };
  export = logger;
}

declare module 'node-media-server/src/session/base_session.js' {
  class BaseSession {
    id: string;
    /** Empty for a session within the process. */
    ip: string;
    protocol: string;
    streamPath: string;
    sendBuffer: (buffer: Buffer) => void;
    close: () => void;
  }
  export = BaseSession;
}

declare module 'node-media-server/src/server/broadcast_server.js' {
  import BaseSession = require('node-media-server/src/session/base_session.js');
  import AVPacket = require('node-media-server/src/core/avpacket.js');

  class BroadcastServer {
    constructor(streamPath: string);
    publisher: BaseSession | null;
    subscribers: Map<string, BaseSession>;
    publishGraceMs: number;
    postPublish: (session: BaseSession) => string | null;
    donePublish: (session: BaseSession) => void;
    broadcastMessage: (packet: AVPacket) => void;
  }
  export = BroadcastServer;
}

declare module 'node-media-server/src/core/context.js' {
  import BaseSession = require('node-media-server/src/session/base_session.js');
  import BroadcastServer = require('node-media-server/src/server/broadcast_server.js');

  const Context: {
    config: object;
    sessions: Map<string, BaseSession>;
    broadcasts: Map<string, BroadcastServer>;
  };
  export = Context;
}

declare module 'node-media-server/src/session/rtmp_session.js' {
  import type { Socket } from 'node:net';
  import BaseSession = require('node-media-server/src/session/base_session.js');

  /** A command message, as its AMF0 said it. */
  interface Invoke {
    readonly streamName?: unknown;
  }

  interface Rtmp {
    inChunkSize: number;
    inPackets: Map<number, object>;
    parserPacket: { readonly header: { readonly length: number; readonly stream_id: number } };
    streamApp: unknown;
    streamId: number;
    packetAlloc(): void;
    controlHandler(): void;
    onPlay(message: Invoke): void;
    onPublish(message: Invoke): void;
    dataHandler(): void;
    sendStatusMessage(streamId: number, level: string, code: string, description: string): void;
  }

  class RtmpSession extends BaseSession {
    constructor(socket: Socket);
    rtmp: Rtmp;
    run: () => void;
    onData: (data: Buffer) => void;
    onOutput: (buffer: Buffer) => void;
  }
  export = RtmpSession;
}
