import { egressTemplate, type EgressTemplate } from '@muon/contract/egress-template.ts';
import { ACCESS_TOKEN_TTL_SECONDS } from '@muon/contract/token.ts';
import { type FormerHolder, withFormer } from './former-holder.ts';

/** Which node holds a room. */
export interface Allocation {
  readonly nodeId: string;
  /** How much of the node's capacity is reserved for the room. */
  readonly weight: number;
  /** When somebody was last sent to the node for this room, give or take {@link USE_GRAIN_MS}. */
  readonly usedAtMs: number;
}

export interface Room {
  readonly id: string;
  readonly name: string;
  readonly maxParticipants: number;
  readonly metadata: Readonly<Record<string, string>>;
  readonly locked: boolean;
  /** A hash that tells nothing. */
  readonly password?: string | undefined;
  readonly region?: string | undefined;
  readonly emptyDurationSeconds?: number | undefined;
  readonly maxDurationSeconds?: number | undefined;
  /** Since when nobody is in it; undefined while somebody is. */
  readonly emptySinceMs?: number | undefined;
  /** The broadcast that starts when somebody comes. */
  readonly autoEgress?: EgressTemplate | undefined;
  /** Whether it is recorded, too, or by itself. */
  readonly autoRecord: boolean;
  /** Which was started, or given up: there is one at most in the life of a room. */
  readonly autoEgressId?: string | undefined;
  /** Since when somebody is there and no gateway takes it. */
  readonly egressWaitsSinceMs?: number | undefined;
  /** When the last of its bans ends. */
  readonly bansUntilMs?: number | undefined;
  readonly createdAt: string;
  readonly revision: number;
  /** Counts the allocations of the room, so that what belongs to an earlier one is told apart. */
  readonly epoch: number;
  readonly allocation?: Allocation | undefined;
  /** That it has moved away from. */
  readonly formerNodes?: readonly FormerHolder[] | undefined;
}

/** All nodes that have held it, when the one that holds it now does so no more. */
export function formerNodesAt({ allocation, formerNodes }: Room, nowMs: number): Room['formerNodes'] {
  return withFormer(formerNodes, allocation && { id: allocation.nodeId, untilMs: nowMs });
}

/** What a room is expected to need when nobody is in it yet; a node refuses joiners beyond its capacity by itself. */
const USUAL_PARTICIPANTS = 10;

/** What of a room can be changed; `undefined` takes away. */
export type RoomChange = Pick<
  Room,
  | 'maxParticipants'
  | 'metadata'
  | 'locked'
  | 'password'
  | 'emptyDurationSeconds'
  | 'maxDurationSeconds'
  | 'autoEgress'
  | 'autoRecord'
>;

/** How much of a node's capacity a room reserves. */
export function weightOf({ maxParticipants }: Pick<Room, 'maxParticipants'>): number {
  return Math.min(maxParticipants, USUAL_PARTICIPANTS);
}

/** Whether a broadcast is to start as soon as somebody is in the room. */
export function isEgressDue(room: Pick<Room, 'autoEgress' | 'autoRecord' | 'autoEgressId'>): boolean {
  return room.autoEgressId === undefined && toStart(room) !== undefined;
}

/** The one broadcast that a room starts by itself: composed once, whether it is sent, recorded or both. */
export function toStart({
  autoEgress,
  autoRecord,
}: Pick<Room, 'autoEgress' | 'autoRecord'>): EgressTemplate | undefined {
  if (!autoRecord) return autoEgress;
  return autoEgress ? { ...autoEgress, record: true } : egressTemplate.parse({ record: true });
}

/** A use is noted again only when the last note is so old: a busy room is not written to at every join. */
export const USE_GRAIN_MS = 30_000;

/**
 * When a room that its node does not hold gives its reservation back: once nobody has a token any more that would open
 * a connection there.
 */
export function mayBeReleased(allocation: Allocation, nowMs: number): boolean {
  return nowMs > releasableAtMs(allocation);
}

/** Until then somebody may be on the way to the room's node. */
export function releasableAtMs({ usedAtMs }: Allocation): number {
  return usedAtMs + ACCESS_TOKEN_TTL_SECONDS * 1000 + USE_GRAIN_MS;
}

const ADJECTIVES = ['amber', 'brave', 'calm', 'clear', 'early', 'gentle', 'golden', 'happy', 'lucky', 'quiet'] as const;
const NOUNS = ['brook', 'cedar', 'comet', 'falcon', 'harbor', 'lark', 'meadow', 'otter', 'river', 'willow'] as const;

/** A name that people can say, from 8 random bytes: two words and six digits or letters. */
export function toRoomName(random: Uint8Array): string {
  const pick = (words: readonly string[], byte: number): string => words[byte % words.length]!;
  const tail = [...random.subarray(2, 8)].map((byte) => (byte % 36).toString(36)).join('');
  return `${pick(ADJECTIVES, random[0]!)}-${pick(NOUNS, random[1]!)}-${tail}`;
}
