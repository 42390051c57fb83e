import { afterEach, expect, test } from 'vitest';
import { ControlPlaneError } from './control-plane.ts';
import { openLog } from './log.ts';
import { Registration, type RegistrationOptions } from './registration.ts';

let registration: Registration | undefined;
afterEach(() => registration?.close());

/** News comes when the test says so. */
class ControlPlane {
  beats = 0;
  registrations = 0;
  forgotten = false;
  longPollMs = 1000;
  readonly #waiting: ((news: boolean) => void)[] = [];
  readonly #beaten: (() => void)[] = [];

  get options(): RegistrationOptions {
    return {
      log: openLog('test', 'silent'),
      register: async () => {
        this.registrations += 1;
        this.forgotten = false;
        return { heartbeatIntervalMs: 3_600_000, longPollMs: this.longPollMs };
      },
      heartbeat: async () => {
        if (this.forgotten) throw new ControlPlaneError('forgotten', 'not-found');
        this.beats += 1;
        for (const told of this.#beaten.splice(0)) told();
      },
      awaitNews: () => new Promise((resolve) => this.#waiting.push(resolve)),
    };
  }

  get waiting(): number {
    return this.#waiting.length;
  }

  answer(news: boolean): void {
    this.#waiting.shift()!(news);
  }

  nextBeat(): Promise<void> {
    return new Promise((resolve) => this.#beaten.push(resolve));
  }
}

test('news brings a heartbeat long before the next one is due; no news brings none', async () => {
  const controlPlane = new ControlPlane();
  registration = new Registration(controlPlane.options);
  await registration.ready;
  expect([controlPlane.beats, controlPlane.waiting]).toEqual([1, 1]);
  const beaten = controlPlane.nextBeat();
  controlPlane.answer(true);
  await beaten;
  expect(controlPlane.beats).toBe(2);
  await settled();
  controlPlane.answer(false);
  await settled();
  expect([controlPlane.beats, controlPlane.waiting]).toEqual([2, 1]);
});

test('nothing is waited for where heartbeats alone bring what is new', async () => {
  const controlPlane = new ControlPlane();
  controlPlane.longPollMs = 0;
  registration = new Registration(controlPlane.options);
  await registration.ready;
  await settled();
  expect(controlPlane.waiting).toBe(0);
});

/** All that is on its way without a timer has come. */
function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
