import type { EventType } from '@muon/contract/event.ts';
import type { AttendanceReport, NodeHeartbeatBody } from '@muon/contract/internal.ts';
import type { NewEvent } from '../domain/event.ts';
import { wants } from '../domain/webhook.ts';
import type { Context } from './context.ts';
import type { Holdings } from './holdings.ts';

/** Tells of who came and went, in the order of the node, as far as a webhook wants to hear it. */
export async function takeAttendance(
  context: Context,
  nodeId: string,
  { generation, attendance = [] }: NodeHeartbeatBody,
  holdings: Holdings,
): Promise<void> {
  const { store } = context;
  const last = attendance.at(-1);
  if (!last) return;
  const webhooks = await store.webhooks.all();
  const isWanted = (type: EventType): boolean => webhooks.some((webhook) => wants(webhook, type));
  for (const report of attendance) {
    const event = toEvent(context, nodeId, report);
    if (isWanted(event.type) && (await holdings.has(report.room.id)))
      await store.nodes.takeReport(nodeId, { generation, seq: report.seq }, event);
  }
  if (!isWanted('participant.joined') || !isWanted('participant.left'))
    await store.nodes.takeReport(nodeId, { generation, seq: last.seq });
}

function toEvent({ clock }: Context, node: string, report: AttendanceReport): NewEvent {
  const { seq: _, room, ...attendance } = report;
  const { joinedAt, leftAt } = attendance;
  return {
    type: leftAt === undefined ? 'participant.joined' : 'participant.left',
    // The clock of a node may be ahead.
    createdAtMs: Math.min(clock(), Date.parse(leftAt ?? joinedAt)),
    room,
    data: { ...attendance, node },
  };
}
