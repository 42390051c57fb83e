import type { WireMedia } from '@muon/media-node/io/wire-connection.fixture.ts';
import { WireParticipant } from '@muon/test/faults/wire-participant.ts';
import { MediaNode } from '@muon/test/support/media-node.ts';
import manifest from '../../package.json' with { type: 'json' };
import { inGroups } from './in-groups.ts';
import type { Attendee, Stage } from './stage.ts';

/** One media node. */
export class MuonStage implements Stage {
  readonly peer = 'Muon';
  readonly version = manifest.version;
  readonly #node: MediaNode;
  #rooms = 0;

  static async open(): Promise<MuonStage> {
    return new MuonStage(await MediaNode.start());
  }

  private constructor(node: MediaNode) {
    this.#node = node;
  }

  get pid(): number {
    return this.#node.process.pid;
  }

  async fill(people: readonly (readonly WireMedia[])[]): Promise<Attendee[]> {
    const room = `bench${this.#rooms++}`;
    return inGroups([...people.entries()], async ([at, media]) => {
      const participant = await WireParticipant.join(this.#node, room, `p${at}`, media);
      const { publisher, subscriber } = participant;
      return { publisher, subscriber, leave: () => participant.go('leave') };
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#node[Symbol.asyncDispose]();
  }
}
