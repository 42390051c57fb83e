import type { RoomEvent } from '@muon/contract/participant.ts';
import type { Permissions } from '@muon/contract/permissions.ts';
import { grantsSchema, type AccessClaims, type Grants } from '@muon/contract/token.ts';
import type { RtpPacket } from '@muon/wire/rtp/packet.ts';
import type { Closing } from './closing.ts';
import type { QualitySample } from './forward/connection-quality.ts';
import type { Peer, PeerNotice, PeerStats } from './participant.ts';
import type { RoomMessage } from './room-message.ts';
import type { Forwarder, TrackOptions } from './track.ts';

export interface ClaimsOptions {
  readonly room?: string;
  readonly epoch?: number;
  readonly maxParticipants?: number;
  readonly attributes?: Readonly<Record<string, string>>;
  readonly grants?: Partial<Grants>;
}

export function claimsOf(identity: string, { grants, ...options }: ClaimsOptions = {}): AccessClaims {
  return {
    iss: 'muon',
    aud: 'nd_test',
    sub: identity,
    room: 'rm_test',
    roomName: 'test',
    kind: 'standard',
    grants: grantsSchema.parse(grants ?? {}),
    epoch: 1,
    maxParticipants: 10,
    iat: 0,
    exp: 0,
    jti: '',
    ...options,
  };
}

/** Keeps what it is told. */
export class FakePeer implements Peer {
  readonly events: RoomEvent[] = [];
  readonly messages: unknown[] = [];
  readonly notices: PeerNotice[] = [];
  permissions: Permissions | undefined;
  sample: QualitySample | undefined;
  movable = false;
  closing: Closing | undefined;

  notify(event: RoomEvent): void {
    this.events.push(event);
  }

  tell(notice: PeerNotice): void {
    this.notices.push(notice);
  }

  quality(): QualitySample | undefined {
    return this.sample;
  }

  stats(): PeerStats {
    return { connection: 'webrtc', subscriptions: [] };
  }

  permissionsChanged(permissions: Permissions): void {
    this.permissions = permissions;
  }

  message({ message }: RoomMessage, lossy: boolean): void {
    this.messages.push(lossy ? { ...message, lossy } : message);
  }

  relay(label: string, data: string | Uint8Array): void {
    this.messages.push([label, data]);
  }

  close(closing: Closing): void {
    this.closing = closing;
  }

  get types(): string[] {
    return this.events.map(({ type }) => type);
  }
}

/** Keeps what it is given to forward. */
export class FakeForwarder implements Forwarder {
  readonly forwarded: { readonly packet: RtpPacket; readonly senders: number }[] = [];

  forward(packet: RtpPacket, senders: readonly unknown[]): void {
    this.forwarded.push({ packet, senders: senders.length });
  }

  forwardSenderReport(): void {}
}

export function videoOptions(options: Partial<TrackOptions> = {}): TrackOptions {
  return {
    kind: 'video',
    source: 'camera',
    codec: { mimeType: 'video/VP8', clockRate: 90_000, payloadType: 96 },
    streamId: 'stream',
    forwarder: new FakeForwarder(),
    requestKeyframe: () => undefined,
    ...options,
  };
}
