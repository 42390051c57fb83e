import { FRAME_SAMPLES } from '../call/frame.ts';
import { Mixer } from '../call/mixer.ts';
import type { FrameClock } from './clock.ts';
import type { PhoneLeg } from './phone-leg.ts';
import type { RoomLeg } from './room-leg.ts';

/**
 * Carries sound between a phone and its room, a frame at a time. A call has a link of its own and its own track is not
 * on it, so nobody hears themselves. While there is no room, the phone hears silence.
 */
export class CallMedia {
  readonly phone: PhoneLeg;
  readonly #mixer = new Mixer();
  readonly #said = new Int16Array(FRAME_SAMPLES);
  readonly #heard = new Int16Array(FRAME_SAMPLES);
  readonly #unsubscribe: () => void;
  #room: RoomLeg | undefined;

  constructor(phone: PhoneLeg, clock: FrameClock) {
    this.phone = phone;
    this.#unsubscribe = clock.subscribe(() => this.#carry());
  }

  /** The room from now on; undefined while it is lost. */
  connect(room: RoomLeg | undefined): void {
    this.#room = room;
  }

  close(): void {
    this.#unsubscribe();
    this.phone.close();
  }

  #carry(): void {
    this.phone.read(this.#said);
    this.#room?.send(this.#said);
    this.#mixer.clear();
    this.#room?.addTo(this.#mixer);
    this.#mixer.writeTo(this.#heard);
    this.phone.send(this.#heard);
  }
}
