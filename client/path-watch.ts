import { PathSilence, type Traffic } from './path-silence.ts';

const INTERVAL_MS = 200;

/** How long finding a new path may take before it is tried again. */
const RETRY_MS = 3000;

/** Looks whether the media paths still carry packets, and says so when they do not, within a second. */
export class PathWatch {
  readonly #publisher: RTCPeerConnection;
  readonly #subscriber: RTCPeerConnection;
  readonly #broken: () => void;
  readonly #sending = new PathSilence();
  readonly #receiving = new PathSilence();
  readonly #timer: ReturnType<typeof setInterval>;
  #toldMs = -Infinity;

  constructor(publisher: RTCPeerConnection, subscriber: RTCPeerConnection, broken: () => void) {
    this.#publisher = publisher;
    this.#subscriber = subscriber;
    this.#broken = broken;
    this.#timer = setInterval(() => void this.#look(), INTERVAL_MS);
  }

  close(): void {
    clearInterval(this.#timer);
  }

  async #look(): Promise<void> {
    const [sending, receiving] = await Promise.all([traffic(this.#publisher), traffic(this.#subscriber)]);
    const nowMs = performance.now();
    this.#sending.update(sending, nowMs);
    this.#receiving.update(receiving, nowMs);
    // That nothing comes from the others may be their doing; while own media is answered, the network is not to blame.
    const broken = this.#sending.unanswered(nowMs) || (this.#receiving.silent(nowMs) && !this.#sending.flows(nowMs));
    if (!broken) {
      // The path is there again: the next break is another one, and not to be waited for.
      if (this.#sending.flows(nowMs) || this.#receiving.flows(nowMs)) this.#toldMs = -Infinity;
      return;
    }
    if (nowMs - this.#toldMs < RETRY_MS) return;
    this.#toldMs = nowMs;
    this.#broken();
  }
}

async function traffic(pc: RTCPeerConnection): Promise<Traffic> {
  let [sent, received] = [0, 0];
  if (pc.connectionState !== 'connected') return { sent, received };
  for (const stats of (await pc.getStats()).values() as Iterable<RTCIceCandidatePairStats>) {
    if (stats.type !== 'candidate-pair') continue;
    sent += stats.bytesSent ?? 0;
    received += stats.bytesReceived ?? 0;
  }
  return { sent, received };
}
