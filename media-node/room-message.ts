import type { Message } from '@muon/contract/message.ts';

/** A message on its way to participants, put into JSON once for all of them. */
export class RoomMessage {
  readonly message: Message;
  readonly json: string;
  readonly jsonBytes: number;

  constructor(message: Message) {
    this.message = message;
    this.json = JSON.stringify(message);
    this.jsonBytes = Buffer.byteLength(this.json);
  }

  /** As the bytes or the text that it carries. */
  get data(): string | Uint8Array {
    const { data, encoding } = this.message;
    return encoding === 'text' ? data : Buffer.from(data, 'base64');
  }
}

/** What became of a message. */
export interface Delivery {
  /** How many it goes to, not counting who is not shown. */
  readonly recipients: number;
  /** Who of those that were named is not there. */
  readonly missing: readonly string[];
}
