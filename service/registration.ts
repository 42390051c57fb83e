import { ControlPlaneError } from './control-plane.ts';
import type { Log } from './log.ts';

export interface RegistrationOptions {
  /** Announces the process; gives the interval of the heartbeats, and whether there is news to wait for between them. */
  readonly register: () => Promise<{ readonly heartbeatIntervalMs: number; readonly longPollMs?: number }>;
  /** Tells state and carries out what the answer asks for. */
  readonly heartbeat: () => Promise<void>;
  /** Waits for a while until a heartbeat would bring something new, and says whether one would; absent: nothing to wait for. */
  readonly awaitNews?: () => Promise<boolean>;
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
  #listens = false;
  #listening = false;
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

  /** Beats as soon as there is something new, besides at each interval. */
  async #listen(): Promise<void> {
    const { awaitNews } = this.#options;
    if (!awaitNews || !this.#listens || this.#listening) return;
    this.#listening = true;
    while (!this.#closed && this.registered) {
      const news = await awaitNews().catch(() => undefined);
      if (news) await this.beat();
      // The heartbeats find out whether the control plane is back.
      if (news === undefined) await new Promise((resolve) => setTimeout(resolve, RETRY_MS).unref());
    }
    this.#listening = false;
  }

  close(): void {
    this.#closed = true;
    clearTimeout(this.#timer);
  }

  /** Tells what came up while it ended, as far as the control plane takes it now. */
  async beatOnceMore(): Promise<void> {
    this.close();
    await this.#running;
    await this.#beat();
  }

  async #beat(): Promise<void> {
    const { register, heartbeat, log } = this.#options;
    try {
      if (this.#intervalMs === undefined) {
        const { heartbeatIntervalMs, longPollMs = 0 } = await register();
        this.#intervalMs = heartbeatIntervalMs;
        this.#listens = longPollMs > 0;
        log.info('registered with the control plane');
      }
      await heartbeat();
      if (this.#away) log.info('the control plane is back');
      this.#away = false;
      this.#becomeReady();
      void this.#listen();
    } catch (error) {
      if (error instanceof ControlPlaneError && error.code === 'not-found') this.#intervalMs = undefined;
      if (!this.#away) log.warn({ err: error }, 'the control plane did not take a heartbeat; trying on');
      this.#away = true;
    }
  }
}
