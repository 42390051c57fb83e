import type { NodeHeartbeatBody, RegisterGatewayBody, RegisterNodeBody } from '@muon/contract/internal.ts';
import type { RoomEndReason } from '@muon/contract/room.ts';
import type { UsageReport } from '@muon/contract/usage.ts';
import type { ApiKey, ApiKeyChange } from './api-key.ts';
import type { Ban } from './ban.ts';
import type { Call, CallChange, CallStatus } from './call.ts';
import type { Claim, Delivery, Line } from './delivery.ts';
import type { DispatchRule } from './dispatch.ts';
import type {
  Deletion,
  Egress,
  EgressChange,
  EgressDraft,
  EgressFilter,
  KeptRecording,
  PlacedEgress,
} from './egress.ts';
import type { NewEvent, PendingEvent } from './event.ts';
import type { Gateway, GatewayKind, RtmpGateway } from './gateway.ts';
import type { Ingress } from './ingress.ts';
import type { HeldRoom, Node, Placing, ReportPlace, TellingStatus } from './node.ts';
import type { Attempt, EarlierRequest, OnceRequest } from './once.ts';
import type { Page, PageRequest } from './page.ts';
import type { Room, RoomChange } from './room.ts';
import type { EndedRoom } from './room-end.ts';
import type { Trunk } from './trunk.ts';
import type { Missed, UnfinishedRecording } from './unfinished-recording.ts';
import type { UsageBudget } from './usage-budget.ts';
import type { Days, Usage } from './usage.ts';
import type { Webhook, WebhookChange } from './webhook.ts';

/** What is kept, and every invariant of it: each write below is atomic, and refused rather than half done. */
export interface Store {
  readonly rooms: RoomStore;
  readonly bans: BanStore;
  readonly nodes: NodeStore;
  readonly gateways: GatewayStore;
  readonly egresses: EgressStore;
  readonly recordings: RecordingStore;
  readonly calls: CallStore;
  readonly ingresses: LockedStore<Ingress>;
  readonly trunks: TrunkStore;
  readonly dispatchRules: LockedStore<DispatchRule>;
  readonly apiKeys: ApiKeyStore;
  readonly once: OnceStore;
  readonly usage: UsageStore;
  readonly webhooks: WebhookStore;
  readonly outbox: OutboxStore;
  readonly deliveries: DeliveryStore;
}

/** Where a write takes an event, that is in the outbox if and only if the write is done. */
export interface RoomStore {
  /** Also takes the room's name. `exists`: a first try was done after all, since ids are not made twice. */
  create(room: Room, event?: NewEvent): Promise<'created' | 'exists' | 'name-taken'>;
  /** Sees every write that was acknowledged. */
  get(id: string): Promise<Room | undefined>;
  /** The id of the room that has `name`. */
  idOf(name: string): Promise<string | undefined>;
  /** Newest first. */
  list(page: PageRequest): Promise<Page<Room>>;
  /** Also counts its revision on; `changed`: it is no longer as given, or is gone. */
  update(room: Room, change: RoomChange, event?: NewEvent): Promise<'updated' | 'changed'>;
  /**
   * Also frees its name and its place on a node; with an event, it is remembered that what belongs to it is to be cleared.
   * `changed`: the room is no longer as given, or is gone.
   */
  delete(room: Room, event?: NewEvent): Promise<'deleted' | 'changed'>;
  /** As {@link delete}, also remembering why; `changed` also when somebody came to the room, or it is to last longer. */
  end(room: Room, reason: RoomEndReason, event: NewEvent): Promise<'ended' | 'changed'>;
  /** What is known of a room that is gone. */
  ended(id: string): Promise<EndedRoom | undefined>;
  /** Rooms that may end now, and rooms that are gone and have left something behind; may lag behind the writes. */
  due(nowMs: number, limit: number): Promise<readonly DueRoom[]>;
  /** Has the room be due when it ends as it is; nothing when it is no longer as given. */
  postpone(room: Room): Promise<void>;
  /** What goes on in a room, also when it is gone; sees every write that was acknowledged. */
  live(id: string): Promise<Live>;
  /** Nothing that belonged to the room that is gone is left. */
  cleared(id: string): Promise<void>;
  /** Notes since when the broadcast of a room has to wait for a gateway; nothing when the room is no longer as given. */
  noteEgressWaits(room: Room, sinceMs: number): Promise<void>;
  /** Notes whether anybody is in a room on its node; nothing when it is no longer as given. */
  noteOccupied(room: Room, occupied: boolean, nowMs: number): Promise<void>;
  /**
   * Places the room on `node` as its next epoch and gives back what an earlier node, seen dead as `from`, had reserved.
   * `room-changed`: somebody else placed or deleted it, or the earlier node lives; `node-full`: the node takes it no more.
   */
  allocate(room: Room, node: Node, options: AllocateOptions): Promise<'allocated' | 'room-changed' | 'node-full'>;
  /** Notes that somebody is sent to the room's node; `changed`: it is no longer placed as given. */
  touch(room: Room, nowMs: number): Promise<'touched' | 'changed'>;
  /** Gives back the place of a room on its node, where nobody is then; nothing when the room is no longer as given. */
  release(room: Room, nowMs: number): Promise<void>;
}

/** Ids of what is not over. */
export interface Live {
  readonly egresses: readonly string[];
  readonly calls: readonly string[];
}

export interface DueRoom {
  readonly id: string;
  readonly gone: boolean;
}

export interface AllocateOptions {
  readonly nowMs: number;
  /** The node must have been heard of since. */
  readonly aliveSinceMs: number;
  readonly from: Node | undefined;
}

export interface BanStore {
  /** In place of an earlier one of the same identity. */
  put(ban: Ban): Promise<'put' | 'room-gone'>;
  /** Until when an identity may not join a room; may be over. */
  untilMs(roomId: string, identity: string): Promise<number | undefined>;
}

export interface NodeStore {
  /** With an event, for a start that is not known yet. `outdated`: a later start of the same node is registered. */
  register(body: RegisterNodeBody, nowMs: number, event?: NewEvent): Promise<'registered' | 'outdated'>;
  /** `unknown`: not registered, or another start of it is. */
  beat(id: string, heartbeat: NodeHeartbeatBody, nowMs: number): Promise<'alive' | 'unknown'>;
  get(id: string): Promise<Node | undefined>;
  list(): Promise<readonly Node[]>;
  /** Notes what is told of it; nothing when it was heard of since, or somebody else told it. */
  noteStatus(node: Node, status: TellingStatus, event: NewEvent): Promise<void>;
  place(id: string, placing: Placing): Promise<'placed' | 'unknown'>;
  /** Takes it off the books for good; `needed`: it was heard of since, or holds rooms still. */
  forget(node: Node): Promise<'forgotten' | 'needed'>;
  /** Takes a report of a node with its event, once however often it is told: `known` when it or a later one was taken before. */
  takeReport(id: string, report: ReportPlace, event?: NewEvent): Promise<'taken' | 'known'>;
  /** The rooms that are placed on the node; sees every write that was acknowledged. */
  rooms(id: string): Promise<readonly HeldRoom[]>;
}

export interface UsageStore {
  /** Counts a report of a node, once however often it is told, as {@link NodeStore.takeReport}. */
  take(
    nodeId: string,
    place: ReportPlace,
    report: Omit<UsageReport, 'seq'>,
    budget?: UsageBudget,
  ): Promise<'taken' | 'known'>;
  /** As it was with the last report that was taken. */
  budget(nodeId: string): Promise<UsageBudget | undefined>;
  /** Of all rooms on a day. */
  total(day: string): Promise<Usage>;
  /** Of one room, the last day first, as far as it was used. */
  ofRoom(roomId: string, days: Days, page: PageRequest): Promise<Page<Usage>>;
  /** Of each room, the last day first; a page may be short and yet not the last. */
  byRoom(days: Days, page: PageRequest): Promise<Page<Usage>>;
}

export interface GatewayStore {
  register(body: RegisterGatewayBody, nowMs: number): Promise<'registered' | 'outdated'>;
  beat(id: string, generation: number, nowMs: number): Promise<'alive' | 'unknown'>;
  /** It gets nothing new from now on, also when it starts again. */
  cordon(id: string, nowMs: number): Promise<'cordoned' | 'unknown'>;
  /** Takes it off the books for good; `needed`: it was heard of since, or runs programs still. */
  forget(gateway: Gateway): Promise<'forgotten' | 'needed'>;
  get(id: string): Promise<Gateway | undefined>;
  list(kind: GatewayKind): Promise<readonly Gateway[]>;
  /** Has what a gateway runs be listed with its rooms: data of an earlier version does not. */
  listLive(id: string): Promise<void>;
}

export interface EgressStore {
  /**
   * Also takes a place on its gateway; `room-gone` and `gateway-full` leave nothing behind. `exists`: a first try was
   * done after all.
   */
  create(egress: PlacedEgress, options: AssignOptions): Promise<'created' | 'exists' | 'room-gone' | 'gateway-full'>;
  /**
   * As {@link create}, for the one broadcast that a room starts by itself. `not-due`: the room has started it, or it and
   * its template are no longer as given.
   */
  createDue(egress: PlacedEgress, room: Room, options: AssignOptions): Promise<'created' | 'not-due' | 'gateway-full'>;
  /** Keeps the one broadcast of a room as failed, without a gateway. */
  failDue(egress: EgressDraft, room: Room, event: NewEvent): Promise<'failed' | 'not-due'>;
  get(id: string): Promise<Egress | undefined>;
  /** Newest first; with a status, a page may be short and yet not the last. */
  list(filter: EgressFilter, page: PageRequest): Promise<Page<Egress>>;
  /** What a gateway is to run; sees every write that was acknowledged. */
  assignedTo(gatewayId: string): Promise<readonly PlacedEgress[]>;
  /** What its gateway is to run from now on; like all below, also counts its revision on. `changed`: it is no longer as given. */
  update(egress: PlacedEgress, change: Pick<Egress, 'layout'>): Promise<'updated' | 'changed'>;
  /** Moves its state on; a final state gives the place on the gateway back. `changed`: it is no longer as given. */
  advance(egress: PlacedEgress, change: EgressChange, options: AdvanceOptions): Promise<'advanced' | 'changed'>;
  /** Has other recordings; nothing else of it changes. `changed`: it is no longer as given. */
  record(
    egress: PlacedEgress,
    recordings: readonly KeptRecording[],
    options: RecordOptions,
  ): Promise<'recorded' | 'changed'>;
  /** Hands a running egress from one gateway to another; nothing when it or they are no longer as given. */
  reassign(
    egress: PlacedEgress,
    from: Gateway,
    to: RtmpGateway,
    options: AssignOptions,
  ): Promise<'reassigned' | 'changed'>;
}

export interface AdvanceOptions {
  /** With a final state. */
  readonly endedAt?: string | undefined;
  readonly event?: NewEvent | undefined;
}

export interface RecordOptions {
  readonly nowMs: number;
  readonly event?: NewEvent | undefined;
  /** A file that is to be taken away from now on. */
  readonly deletion?: Deletion | undefined;
}

export interface RecordingStore {
  /** Files that nobody has told the end of: all, or those of one gateway. Sees every write that was acknowledged. */
  unfinished(gatewayId?: string): Promise<readonly UnfinishedRecording[]>;
  /** What is to be taken away there, as much as one heartbeat takes; sees every write that was acknowledged. */
  deletions(holder: string): Promise<readonly Deletion[]>;
  /** It is taken away; nothing when it was so already. */
  deleted(deletion: Deletion): Promise<void>;
  /** Notes since when the gateway of a file is missed; nothing when the file is final by now. */
  noteMissed(recording: UnfinishedRecording, missed: Missed): Promise<void>;
}

export interface AssignOptions {
  /** The gateway must have been heard of since. */
  readonly aliveSinceMs: number;
}

/** Which of all calls. */
export interface CallFilter {
  readonly roomId?: string | undefined;
  readonly status?: CallStatus | undefined;
}

export interface CallStore {
  /** As that of egresses. */
  create(call: Call, options: AssignOptions): Promise<'created' | 'exists' | 'room-gone' | 'gateway-full'>;
  get(id: string): Promise<Call | undefined>;
  /** Newest first; with a status, a page may be short and yet not the last. */
  list(filter: CallFilter, page: PageRequest): Promise<Page<Call>>;
  /** What a gateway is to keep up; sees every write that was acknowledged. */
  assignedTo(gatewayId: string): Promise<readonly Call[]>;
  /**
   * Moves its state on; one that is over gives the place on the gateway back. `changed`: it is no longer as given;
   * `gateway-changed`: its gateway is no longer as it was seen.
   */
  advance(
    call: Call,
    change: CallChange,
    options?: CallAdvanceOptions,
  ): Promise<'advanced' | 'changed' | 'gateway-changed'>;
}

export interface CallAdvanceOptions {
  readonly event?: NewEvent | undefined;
  /** Only while its gateway is so; for a call that is over then. */
  readonly seen?: GatewayLife | undefined;
}

/** In which life a gateway was seen, or when it was last heard of. */
export type GatewayLife = Pick<Gateway, 'generation'> | Pick<Gateway, 'heartbeatAtMs'>;

/** Items some of whose values no two may have: `taken` when another has one of them. */
export interface LockedStore<Item> {
  /** `exists`: a first try was done after all. */
  create(item: Item): Promise<'created' | 'exists' | 'taken'>;
  get(id: string): Promise<Item | undefined>;
  /** Every one; sees every write that was acknowledged. */
  all(): Promise<readonly Item[]>;
  /** Newest first. */
  list(page: PageRequest): Promise<Page<Item>>;
  /** Also counts its revision on; `undefined` takes away. `changed`: it is no longer as given, or is gone. */
  update(item: Item, change: Partial<Item>): Promise<'updated' | 'changed' | 'taken'>;
  /** Also frees its values. */
  delete(item: Item): Promise<'deleted' | 'changed'>;
}

export interface TrunkStore extends LockedStore<Trunk> {
  /** The id of the trunk that has `number`, as E.164. */
  idOf(number: string): Promise<string | undefined>;
}

export interface ApiKeyStore {
  create(key: ApiKey): Promise<'created' | 'exists'>;
  /** Whatever was there before under its id. */
  put(key: ApiKey): Promise<void>;
  get(id: string): Promise<ApiKey | undefined>;
  /** Newest first. */
  list(page: PageRequest): Promise<Page<ApiKey>>;
  /** Also counts its revision on; `changed`: it is no longer as given, or is gone. */
  update(key: ApiKey, change: ApiKeyChange): Promise<'updated' | 'changed'>;
  delete(id: string): Promise<'deleted' | 'unknown'>;
  /** Notes when it was used. */
  touch(id: string, lastUsedAt: string): Promise<void>;
}

export interface OnceStore {
  /**
   * Of all who begin the same request at once, one gets an attempt; the others are told what is known of it. `seed` is
   * for the first attempt: a later one gets that of the first.
   */
  begin(request: OnceRequest, seed: string, nowMs: number): Promise<Attempt | EarlierRequest>;
  /** Remembers the answer; like the two below, nothing when another attempt was begun since. */
  complete(request: OnceRequest, attempt: Attempt, answer: string): Promise<void>;
  /** Ends an attempt of which nobody knows what it has done: the next one may begin at once. */
  release(request: OnceRequest, attempt: Attempt): Promise<void>;
  /** Ends an attempt that did nothing. */
  forget(request: OnceRequest, attempt: Attempt): Promise<void>;
}

export interface WebhookStore {
  /** `exists`: a first try was done after all. */
  create(webhook: Webhook): Promise<'created' | 'exists'>;
  get(id: string): Promise<Webhook | undefined>;
  /** Every one; sees every write that was acknowledged. */
  all(): Promise<readonly Webhook[]>;
  /** Newest first. */
  list(page: PageRequest): Promise<Page<Webhook>>;
  /** Also counts its revision on; `changed`: it is no longer as given, or is gone. */
  update(webhook: Webhook, change: WebhookChange): Promise<'updated' | 'changed'>;
  delete(id: string): Promise<'deleted' | 'unknown'>;
  /** Notes since when nothing succeeds; undefined: something has. */
  noteFailing(id: string, sinceMs: number | undefined): Promise<void>;
}

export interface OutboxStore {
  /** Lines that have events; may lag behind the writes. */
  lines(): Promise<readonly string[]>;
  /** The first events of a line, in their order; sees every write that was acknowledged. */
  pending(line: string): Promise<readonly PendingEvent[]>;
  remove(event: PendingEvent): Promise<void>;
}

export interface DeliveryStore {
  /** Puts it into its line, once however often it is put; the line is then due. */
  enqueue(delivery: Delivery): Promise<void>;
  get(webhookId: string, id: string): Promise<Delivery | undefined>;
  /** Newest first. */
  list(webhookId: string, page: PageRequest): Promise<Page<Delivery>>;
  /** Lines of a webhook that are due, the longest due first; may lag behind the writes. */
  due(webhookId: string, nowMs: number, limit: number): Promise<readonly Line[]>;
  /** Of all who want the line at once, one gets it. Whoever then does not end it in time loses it. */
  claim(line: Line, lease: string, untilMs: number): Promise<Claim | undefined>;
  /** The first delivery of a line that has not ended. */
  next(claim: Claim): Promise<Delivery | undefined>;
  /** Notes the end of a delivery and keeps the claim for longer; undefined: it was lost. */
  end(claim: Claim, delivery: Delivery, untilMs: number): Promise<Claim | undefined>;
  /** Notes an attempt, if there was one, and gives the line back until it is due again. */
  postpone(claim: Claim, dueMs: number, delivery?: Delivery): Promise<void>;
  /** Gives back an empty line; the claim as it is now when something was put in meanwhile, undefined otherwise. */
  leave(claim: Claim): Promise<Claim | undefined>;
}
