import type { Api } from '@muon/client/api.ts';
import type { Egress, Output } from '@muon/contract/egress.ts';
import { computed, signal } from '@preact/signals';

/** While it starts, somebody waits for it. */
const STARTING_POLL_MS = 1000;
const ACTIVE_POLL_MS = 4000;

/** The broadcast of a room: what runs, starting one, ending it. */
export class Broadcast {
  readonly #api: Api;
  readonly #room: string;
  readonly egress = signal<Egress | undefined>(undefined);
  /** Whether a request is under way. */
  readonly busy = signal(false);
  /** Whether the next one is recorded. */
  readonly record = signal(false);
  readonly running = computed(() => isRunning(this.egress.value));
  readonly onAir = computed(() => this.egress.value?.status === 'active');
  readonly playlistUrl = computed(() => this.#output('hls')?.playlistUrl);
  readonly pullUrl = computed(() => this.#output('rtmp-pull')?.pullUrl);

  constructor(api: Api, room: string) {
    this.#api = api;
    this.#room = room;
  }

  /** Finds one that runs already. */
  async find(): Promise<void> {
    if (this.egress.value) return this.refresh();
    const { data } = await this.#api.call('listEgresses', { query: { room: this.#room, limit: 10 } });
    this.egress.value = data.find(isRunning);
  }

  async start(): Promise<void> {
    await this.#do(() =>
      this.#api.call('createEgress', {
        body: { room: this.#room, outputs: [{ type: 'hls' }, { type: 'rtmp-pull' }], record: this.record.value },
      }),
    );
  }

  async stop(): Promise<void> {
    const egress = this.egress.value;
    if (egress) await this.#do(() => this.#api.call('stopEgress', { params: { egress: egress.id } }));
  }

  /** Reads how it goes. */
  async refresh(): Promise<void> {
    const { id } = this.egress.value ?? {};
    if (id === undefined || !(this.running.value || isBeingKept(this.egress.value))) return;
    const fresh = await this.#api.call('getEgress', { params: { egress: id } });
    if (this.egress.value?.id === id && !this.busy.value) this.egress.value = fresh;
  }

  /** Finds what runs and keeps reading how it goes; the function returned ends that. */
  follow(): () => void {
    let timer: ReturnType<typeof setTimeout> | undefined;
    let ended = false;
    const poll = async (read: () => Promise<void>): Promise<void> => {
      // What cannot be read now is read the next time.
      await read().catch(() => undefined);
      const delayMs = this.onAir.value ? ACTIVE_POLL_MS : STARTING_POLL_MS;
      if (!ended) timer = setTimeout(() => void poll(() => this.refresh()), delayMs);
    };
    void poll(() => this.find());
    return () => {
      ended = true;
      clearTimeout(timer);
    };
  }

  async #do(request: () => Promise<Egress>): Promise<void> {
    this.busy.value = true;
    try {
      this.egress.value = await request();
    } finally {
      this.busy.value = false;
    }
  }

  #output(type: Output['type']): Output | undefined {
    return this.egress.value?.outputs.find((output) => output.type === type);
  }
}

/** It has ended, and its files are not in their place yet. */
function isBeingKept(egress: Egress | undefined): boolean {
  return egress?.recordings?.some(({ status }) => status === 'recording') ?? false;
}

function isRunning(egress: Egress | undefined): boolean {
  return egress?.status === 'starting' || egress?.status === 'active';
}
