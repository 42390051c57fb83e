import type { RegisterGatewayBody } from '@muon/contract/internal.ts';

type Service = RegisterGatewayBody['service'];
export type GatewayKind = Service['kind'];

/** A SIP or RTMP gateway as the control plane knows it. */
export interface Gateway extends RegisterGatewayBody {
  /** How many programs are assigned to it. */
  readonly reserved: number;
  /** Counts the changes of what it is to run. */
  readonly assignmentVersion: number;
  readonly heartbeatAtMs: number;
  /** Since when it gets nothing new, since its host is to end; undefined when it does. */
  readonly cordonedAtMs?: number | undefined;
}

/** A gateway that runs programs. */
export type RtmpGateway = Gateway & { readonly service: Extract<Service, { kind: 'rtmp' }> };

export function isRtmpGateway(gateway: Gateway): gateway is RtmpGateway {
  return gateway.service.kind === 'rtmp';
}

/** What a telephone dials to get into a room, through whichever SIP gateway is named. */
export function toSipUri(gateway: Gateway, roomName: string): string | undefined {
  return gateway.service.kind === 'sip' ? `sip:${roomName}@${gateway.service.address}` : undefined;
}
