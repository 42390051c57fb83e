import { spawn, type ChildProcess } from 'node:child_process';
import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';

/** What is shown and heard unless told. */
const sources = { video: 'color=red:size=320x240:rate=15', audio: 'sine=frequency=600:sample_rate=48000' };

/** How ffmpeg codes each kind of track. */
const encoders = {
  video: ['-c:v', 'libvpx', '-deadline', 'realtime', '-g', '15'],
  audio: ['-c:a', 'libopus', '-ac', '2', '-frame_duration', '20'],
};

const payloadTypes = { video: 96, audio: 111 };

/** RTP and RTCP of a picture or a tone, in real time, made by ffmpeg. Use with `await using`. */
export class RtpSource {
  readonly #ffmpeg: ChildProcess;
  readonly #socket: Socket;

  private constructor(ffmpeg: ChildProcess, socket: Socket) {
    this.#ffmpeg = ffmpeg;
    this.#socket = socket;
  }

  /** `picture` is a filter graph of ffmpeg. */
  static async start(
    kind: 'audio' | 'video',
    take: (packet: Uint8Array) => void,
    { picture = sources.video } = {},
  ): Promise<RtpSource> {
    const socket = createSocket('udp4');
    socket.bind(0, '127.0.0.1');
    await once(socket, 'listening');
    socket.on('message', take);
    const { port } = socket.address();
    // RTCP comes to the same port (RFC 5761).
    const url = `rtp://127.0.0.1:${port}?rtcpport=${port}&pkt_size=1200`;
    const input = ['-re', '-f', 'lavfi', '-i', kind === 'video' ? picture : sources.audio];
    const args = [...input, ...encoders[kind], '-payload_type', `${payloadTypes[kind]}`, '-f', 'rtp', url];
    const ffmpeg = spawn('ffmpeg', ['-loglevel', 'error', ...args], { stdio: 'ignore' });
    return new RtpSource(ffmpeg, socket);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const exited = once(this.#ffmpeg, 'exit');
    this.#ffmpeg.kill('SIGKILL');
    await exited;
    this.#socket.close();
  }
}
