import type { RtpPacket } from '@muon/wire/rtp/packet.ts';
import type { RtpOutput } from './packet-io.ts';

interface Entry {
  packet: RtpPacket | undefined;
  sinceMs: number;
  readonly output: RtpOutput;
}

/** Packets of one connection that wait for their turn, first in, first out. Reuses its entries. */
export class WaitingPackets {
  readonly #limit: number;
  readonly #entries: Entry[] = [];
  #first = 0;
  #count = 0;
  #bytes = 0;

  constructor(limit: number) {
    this.#limit = limit;
  }

  get count(): number {
    return this.#count;
  }

  get sizeBytes(): number {
    return this.#bytes;
  }

  /** Since when the first waits; Infinity while none does. */
  get oldestMs(): number {
    return this.#count === 0 ? Infinity : this.#entries[this.#first]!.sinceMs;
  }

  /** Keeps the packet, and what `output` says now; false when too many wait. */
  push(packet: RtpPacket, output: Readonly<RtpOutput>, nowMs: number): boolean {
    if (this.#count === this.#limit) return false;
    if (this.#count === this.#entries.length) this.#grow();
    const entry = this.#entries[(this.#first + this.#count) % this.#entries.length]!;
    entry.packet = packet;
    entry.sinceMs = nowMs;
    Object.assign(entry.output, output, { edit: Object.assign(entry.output.edit, output.edit) });
    this.#count++;
    this.#bytes += packet.bytes.length;
    return true;
  }

  /** The next packet leaves the queue: passed to `take` with its output, which is valid until then. */
  shift(take: (packet: RtpPacket, output: RtpOutput) => void): void {
    if (this.#count === 0) return;
    const entry = this.#entries[this.#first]!;
    const { packet, output } = entry;
    entry.packet = undefined;
    this.#first = (this.#first + 1) % this.#entries.length;
    this.#count--;
    if (!packet) return;
    this.#bytes -= packet.bytes.length;
    take(packet, output);
  }

  /** The stream has ended: its packets are not sent any more. */
  drop(ssrc: number): void {
    for (const entry of this.#entries) {
      if (!entry.packet || entry.output.ssrc !== ssrc) continue;
      this.#bytes -= entry.packet.bytes.length;
      entry.packet = undefined;
    }
  }

  /** None waits any more. */
  clear(): void {
    while (this.#count > 0) this.shift(() => {});
  }

  #grow(): void {
    // Entries are in order from the first on; a new one goes behind the last.
    this.#entries.push(...this.#entries.splice(0, this.#first));
    this.#first = 0;
    const output = { session: 0, ssrc: 0, seq: 0, timestamp: 0, payloadType: 0, marker: false };
    const edit = { offset: 0, length: 0, value: 0 };
    this.#entries.push({ packet: undefined, sinceMs: 0, output: { ...output, edit, transportSequence: undefined } });
  }
}
