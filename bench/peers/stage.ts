import type { WireConnection, WireMedia } from '@muon/media-node/io/wire-connection.fixture.ts';

/** Somebody in a room; {@link publisher} is absent when they only listen. */
export interface Attendee {
  readonly publisher: WireConnection | undefined;
  /** Over which all others come. */
  readonly subscriber: WireConnection;
  leave(): void;
}

/** A server that forwards packets, as a process of its own. */
export interface Stage extends AsyncDisposable {
  readonly peer: string;
  readonly version: string;
  readonly pid: number;
  /** Fills a new room, one by one, with people who publish this, or nothing. Everybody receives all others. */
  fill(people: readonly (readonly WireMedia[])[]): Promise<Attendee[]>;
}
