import type { EventType } from '@muon/contract/event.ts';
import type { Scope } from '@muon/contract/scope.ts';

interface Happening {
  readonly type: EventType;
  readonly createdAtMs: number;
  readonly data: unknown;
}

/** Something that happens, in a room or to a node; it is kept by the same write as the change that it tells of. */
export type NewEvent = Happening &
  ({ readonly room: { readonly id: string; readonly name: string } } | { readonly node: string });

/** What is said of an event beside its data. */
export interface EventHead {
  readonly id: string;
  readonly type: EventType;
  readonly createdAt: string;
  readonly room?: { readonly id: string; readonly name: string } | undefined;
}

/** An event that is not handed to the webhooks yet. */
export interface PendingEvent extends EventPlace {
  readonly head: EventHead;
  /** The body to be sent, as JSON. */
  readonly body: string;
}

/** Where an event is in a line: those of one line are delivered one after the other. */
export interface EventPlace {
  /** A room's id without its prefix; for what happens in no room, another. */
  readonly line: string;
  /** Grows along the line, as text too. */
  readonly order: string;
}

/** Milliseconds since 1970 in base 36 fit in so many digits for thousands of years. */
const ORDER_DIGITS = 9;

/** The place behind `last`: by the time, but always behind, whatever the clocks say. */
export function orderAfter(last: string | undefined, nowMs: number): string {
  const next = Math.max(nowMs, last === undefined ? 0 : Number.parseInt(last, 36) + 1);
  return next.toString(36).padStart(ORDER_DIGITS, '0');
}

/** An id has room for so much of a node's; nodes that share it share a line. */
const NODE_PART = 50;

/** The events of a room, and those of a node, are delivered in their order. */
export function lineOf(event: NewEvent): string {
  const { id, kind } = 'room' in event ? { id: event.room.id, kind: 'room' } : { id: event.node, kind: 'node' };
  const tail = id.slice(id.indexOf('_') + 1);
  return kind === 'room' ? tail : `nd-${tail.slice(0, NODE_PART)}`;
}

/** What an id says after its prefix: an event and its deliveries are found by their ids. */
export function toTail({ line, order }: EventPlace): string {
  return `${line}-${order}`;
}

/** Undefined when it is no such id. */
export function fromTail(tail: string): EventPlace | undefined {
  const [, line, order] = /^(.+)-([0-9a-z]{9})$/.exec(tail) ?? [];
  return line === undefined || order === undefined ? undefined : { line, order };
}

/** What a key must be allowed to read for a webhook of its making to be told of `type`. */
export function scopeFor(type: EventType): Scope | undefined {
  if (type.startsWith('room.') || type.startsWith('participant.')) return 'rooms:read';
  if (type.startsWith('call.')) return 'calls:read';
  if (type.startsWith('node.')) return 'nodes:read';
  return type.startsWith('egress.') ? 'egresses:read' : undefined;
}
