import type { PacketEdit } from './packet-edit.ts';

/**
 * Counts the frame numbers of dependency descriptors on from one encoding to the next. Within an encoding they keep their
 * distances, since frames tell by them which ones they depend on.
 */
export class FrameNumberRewriter {
  #offset = 0;
  #highest: number | undefined;

  /** Another encoding begins, with this frame. */
  begin(frameNumber: number): void {
    this.#offset = this.#highest === undefined ? 0 : this.#highest + 1 - frameNumber;
  }

  /** Sets what to change in a packet that has its frame number at `at`. */
  rewrite(frameNumber: number, at: number, edit: PacketEdit): void {
    const value = (frameNumber + this.#offset) & 0xffff;
    if (this.#highest === undefined || ((value - this.#highest) << 16) >> 16 > 0) this.#highest = value;
    edit.offset = at;
    edit.value = value;
    edit.length = value === frameNumber ? 0 : 2;
  }
}
