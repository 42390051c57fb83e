import { computed, signal } from '@preact/signals';

export type DeviceKind = 'camera' | 'microphone';

/** Why a device cannot be used. */
export type DeviceProblem = 'denied' | 'missing' | 'busy' | 'insecure' | 'failed';

/** A camera or a microphone: which one, and what it gives while it is open. */
export class Device {
  readonly kind: DeviceKind;
  /** Present while the device is open. */
  readonly media = signal<MediaStreamTrack | undefined>(undefined);
  readonly problem = signal<DeviceProblem | undefined>(undefined);
  /** Devices of this kind; without names until the browser has allowed one. */
  readonly choices = signal<readonly MediaDeviceInfo[]>([]);
  readonly opening = signal(false);
  readonly #chosen = signal<string | undefined>(undefined);
  /** Id of the device that is open, or is to be. */
  readonly chosen = computed(() => this.media.value?.getSettings().deviceId ?? this.#chosen.value);
  #opened: Promise<MediaStreamTrack | undefined> = Promise.resolve(undefined);
  #attempts = 0;

  constructor(kind: DeviceKind) {
    this.kind = kind;
  }

  /** Opens the device, or another one in its place; what stands in the way is told by `problem`. */
  open(deviceId = this.#chosen.value): Promise<MediaStreamTrack | undefined> {
    this.#opened = this.#open(deviceId);
    return this.#opened;
  }

  /** What came of the latest opening, once that is known: the browser may be asking. */
  get opened(): Promise<MediaStreamTrack | undefined> {
    return this.#opened;
  }

  async #open(deviceId: string | undefined): Promise<MediaStreamTrack | undefined> {
    const attempt = ++this.#attempts;
    this.#chosen.value = deviceId;
    this.opening.value = true;
    this.problem.value = undefined;
    try {
      const media = await openTrack(this.kind, deviceId);
      // Closed, or opened differently, while the browser was asking.
      if (attempt !== this.#attempts) {
        media.stop();
        return undefined;
      }
      this.media.value?.stop();
      this.media.value = media;
      media.addEventListener('ended', () => this.#lost(media));
      await this.#list();
      return media;
    } catch (error) {
      if (attempt === this.#attempts) this.problem.value = toProblem(error);
      return undefined;
    } finally {
      if (attempt === this.#attempts) this.opening.value = false;
    }
  }

  /** Closes the device; its light goes out. */
  close(): void {
    this.#attempts += 1;
    this.opening.value = false;
    this.media.value?.stop();
    this.media.value = undefined;
  }

  /** Unplugged, or taken back by the browser. */
  #lost(media: MediaStreamTrack): void {
    if (this.media.value !== media) return;
    this.media.value = undefined;
    this.problem.value = 'missing';
  }

  async #list(): Promise<void> {
    const wanted = this.kind === 'camera' ? 'videoinput' : 'audioinput';
    const devices = await navigator.mediaDevices.enumerateDevices();
    this.choices.value = devices.filter(({ kind, deviceId }) => kind === wanted && deviceId !== '');
  }
}

/** What to say to somebody whose device cannot be used. */
export function explain(kind: DeviceKind, problem: DeviceProblem): { title: string; detail: string } {
  switch (problem) {
    case 'denied':
      return {
        title: `The browser blocks your ${kind}`,
        detail: `Allow the ${kind} for this page with the icon beside the address, then turn it on again.`,
      };
    case 'missing':
      return { title: `No ${kind} found`, detail: `Plug one in and turn it on, or join without.` };
    case 'busy':
      return { title: `The ${kind} is in use`, detail: `Close the other program that uses it, then turn it on again.` };
    case 'insecure':
      return {
        title: `No ${kind} on this address`,
        detail: `Browsers give it only to pages on localhost or HTTPS. You can still join, see and hear.`,
      };
    default:
      return { title: `The ${kind} does not start`, detail: `Choose another one, or join without.` };
  }
}

function toProblem(error: unknown): DeviceProblem {
  if (error instanceof TypeError) return 'insecure';
  const names: Readonly<Record<string, DeviceProblem>> = {
    NotAllowedError: 'denied',
    SecurityError: 'denied',
    NotFoundError: 'missing',
    OverconstrainedError: 'missing',
    NotReadableError: 'busy',
    AbortError: 'busy',
  };
  return names[error instanceof DOMException ? error.name : ''] ?? 'failed';
}

/** @throws DOMException as getUserMedia; TypeError where the page is not secure. */
async function openTrack(kind: DeviceKind, deviceId: string | undefined): Promise<MediaStreamTrack> {
  const device = deviceId === undefined ? {} : { deviceId: { exact: deviceId } };
  const constraints: MediaStreamConstraints =
    kind === 'camera'
      ? { video: { ...device, width: { ideal: 1280 }, height: { ideal: 720 }, frameRate: { ideal: 30 } } }
      : { audio: { ...device, echoCancellation: true, noiseSuppression: true, autoGainControl: true } };
  const [track] = (await navigator.mediaDevices.getUserMedia(constraints)).getTracks();
  if (!track) throw new DOMException('no track', 'NotFoundError');
  return track;
}
