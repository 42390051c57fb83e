import { spawn, type ChildProcess } from 'node:child_process';
import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';

export interface CameraOptions {
  readonly colour: string;
  readonly toneHz: number;
  readonly onVideo: (packet: Buffer) => void;
  readonly onAudio: (packet: Buffer) => void;
}

/** A camera that shows one colour and a microphone that hears one tone, as VP8 and Opus in RTP with sender reports, by ffmpeg. */
export class Camera {
  readonly #process: ChildProcess;
  readonly #sockets: readonly Socket[];

  static async start({ colour, toneHz, onVideo, onAudio }: CameraOptions): Promise<Camera> {
    const sockets = await Promise.all([listen(onVideo), listen(onVideo), listen(onAudio), listen(onAudio)]);
    const [video, videoReports, audio, audioReports] = sockets.map((socket) => socket.address().port);
    const to = (port: number, reports: number): string =>
      `-f rtp rtp://127.0.0.1:${port}?rtcpport=${reports}&pkt_size=1200`;
    const options = [
      '-hide_banner -loglevel error -re',
      `-f lavfi -i color=c=${colour}:s=320x180:r=15`,
      `-f lavfi -i sine=frequency=${toneHz}:sample_rate=48000`,
      '-map 0:v -c:v libvpx -deadline realtime -cpu-used 8 -g 15 -b:v 200k -payload_type 96',
      to(video!, videoReports!),
      '-map 1:a -c:a libopus -ac 2 -b:a 48k -payload_type 111',
      to(audio!, audioReports!),
    ];
    const args = options.flatMap((option) => option.split(' '));
    return new Camera(spawn('ffmpeg', args, { stdio: ['ignore', 'ignore', 'inherit'] }), sockets);
  }

  private constructor(process: ChildProcess, sockets: readonly Socket[]) {
    this.#process = process;
    this.#sockets = sockets;
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.close();
    if (this.#process.exitCode !== null || this.#process.signalCode !== null) return;
    this.#process.kill('SIGKILL');
    await once(this.#process, 'exit');
  }
}

async function listen(onPacket: (packet: Buffer) => void): Promise<Socket> {
  const socket = createSocket('udp4').on('message', onPacket);
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  return socket;
}
