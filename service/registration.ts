import { ControlPlaneError } from './control-plane.ts';
import type { Log } from './log.ts';

export interface RegistrationOptions {
  /** Announces the process; gives the interval of the heartbeats. */
  readonly register: () => Promise<{ readonly heartbeatIntervalMs: number }>;
  /** Tells state and carries out what the answer asks for. */
  readonly heartbeat: () => Promise<void>;
  readonly log: Log;
}

/** Before the first answer of the control plane, and whenever it is away. */
const RETRY_MS = 1000;

/**
 * Keeps a node or gateway known to the control plane: registers, then beats; registers again when it was forgotten.
 * A control plane that is away changes nothing here: media goes on, and the next beat finds it again.
 */
export class Registration {
  /** Settles when the control plane has taken the first heartbeat. */
  readonly ready: Promise<void>;
  readonly #options: RegistrationOptions;
  readonly #becomeReady: () => void;
  #intervalMs: number | undefined;
  #timer: NodeJS.Timeout | undefined;
  #running: Promise<void> | undefined;
  #again = false;
  #closed = false;
  #away = false;

  constructor(options: RegistrationOptions) {
    this.#options = options;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.ready = promise;
    this.#becomeReady = resolve;
    void this.beat();
  }

  /** Whether the control plane has answered at last. */
  get registered(): boolean {
    return this.#intervalMs !== undefined && !this.#away;
  }

  /** Beats now instead of at the next interval, since something changed. */
  beat(): Promise<void> {
    if (this.#closed) return Promise.resolve();
    if (this.#running) {
      this.#again = true;
      return this.#running;
    }
    clearTimeout(this.#timer);
    this.#running = this.#beat().finally(() => {
      this.#running = undefined;
      const waitMs = this.#again ? 0 : this.registered ? this.#intervalMs! : RETRY_MS;
      this.#again = false;
      if (!this.#closed) this.#timer = setTimeout(() => void this.beat(), waitMs);
    });
    return this.#running;
  }

  close(): void {
    this.#closed = true;
    clearTimeout(this.#timer);
  }

  async #beat(): Promise<void> {
    const { register, heartbeat, log } = this.#options;
    try {
      if (this.#intervalMs === undefined) {
        this.#intervalMs = (await register()).heartbeatIntervalMs;
        log.info('registered with the control plane');
      }
      await heartbeat();
      if (this.#away) log.info('the control plane is back');
      this.#away = false;
      this.#becomeReady();
    } catch (error) {
      if (error instanceof ControlPlaneError && error.code === 'not-found') this.#intervalMs = undefined;
      if (!this.#away) log.warn({ err: error }, 'the control plane did not take a heartbeat; trying on');
      this.#away = true;
    }
  }
}
