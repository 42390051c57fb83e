import type { WireMedia } from '@muon/media-node/io/wire-connection.fixture.ts';
import { JanusParticipant } from '@muon/test/support/janus-participant.ts';
import { Janus, janusVersion } from '@muon/test/support/janus.ts';
import { inGroups } from './in-groups.ts';
import type { Attendee, Stage } from './stage.ts';

/** A Janus gateway with VideoRoom. */
export class JanusStage implements Stage {
  readonly peer = 'Janus';
  readonly version = janusVersion!;
  readonly #janus: Janus;
  #rooms = 0;

  static async open(): Promise<JanusStage> {
    return new JanusStage(await Janus.start());
  }

  private constructor(janus: Janus) {
    this.#janus = janus;
  }

  get pid(): number {
    return this.#janus.pid;
  }

  async fill(people: readonly (readonly WireMedia[])[]): Promise<Attendee[]> {
    const room = 9000 + this.#rooms++;
    const join = (media: readonly WireMedia[]): Promise<JanusParticipant> =>
      JanusParticipant.join(this.#janus, room, media);
    // The first makes the room.
    const participants = await inGroups(people.slice(0, 1), join);
    participants.push(...(await inGroups(people.slice(1), join)));
    await inGroups(participants, (participant) => participant.subscribe(room));
    return participants.map((participant) => {
      const { publisher, subscriber } = participant;
      return { publisher, subscriber, leave: () => participant.close() };
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#janus[Symbol.asyncDispose]();
  }
}
