/** A path that hiccups is often back by itself before a restart would be. */
const PATIENCE_MS = 500;

/** How long a restart may take before another is tried. */
const RETRY_MS = 4000;

/** A node forgets a client that it has not heard of for 30 seconds; then joining again is all that helps. */
const GIVE_UP_MS = 20_000;

/** Keeps a peer connection's media path alive: restarts ICE when it breaks (RFC 8445 section 9), and again. */
export class IceWatch {
  readonly #restart: () => void;
  readonly #lost: () => void;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #brokenMs: number | undefined;

  /** `restart` negotiates new credentials; `lost` hears once that no path was found in time. */
  constructor(pc: RTCPeerConnection, restart: () => void, lost: () => void) {
    this.#restart = restart;
    this.#lost = lost;
    pc.addEventListener('connectionstatechange', () => this.#changed(pc.connectionState));
  }

  /** The network has changed: finds a path anew, at once. */
  networkChanged(): void {
    if (this.#brokenMs === undefined) this.#restart();
    else this.#schedule(0);
  }

  close(): void {
    clearTimeout(this.#timer);
  }

  #changed(state: RTCPeerConnectionState): void {
    if (state === 'connected' || state === 'closed') {
      clearTimeout(this.#timer);
      this.#brokenMs = undefined;
    }
    if (state !== 'disconnected' && state !== 'failed') return;
    this.#brokenMs ??= performance.now();
    this.#schedule(state === 'failed' ? 0 : PATIENCE_MS);
  }

  #schedule(delayMs: number): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#try(), delayMs);
  }

  #try(): void {
    if (this.#brokenMs === undefined) return;
    if (performance.now() - this.#brokenMs > GIVE_UP_MS) return this.#lost();
    this.#restart();
    this.#schedule(RETRY_MS);
  }
}
