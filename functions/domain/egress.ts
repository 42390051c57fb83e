import type { Egress as EgressResource } from '@muon/contract/egress.ts';
import type { Encoding } from '@muon/contract/egress-template.ts';
import type { EgressAssignment } from '@muon/contract/internal.ts';
import type { Recording } from '@muon/contract/recording.ts';
import { type FormerHolder, mayTellLate } from './former-holder.ts';
import type { RtmpGateway } from './gateway.ts';

export type EgressStatus = EgressResource['status'];

export interface EgressOutput {
  readonly id: string;
  readonly type: EgressResource['outputs'][number]['type'];
  /** rtmp-pull: what the puller must show. */
  readonly token?: string | undefined;
}

/** A file as it is kept. */
export type KeptRecording = Recording & {
  /** Which gateway writes it. */
  readonly gatewayId?: string | undefined;
  /** Nobody has told that it failed: its gateway was given up. */
  readonly givenUp?: boolean | undefined;
};

/** A broadcast as somebody wants it. */
export interface EgressDraft {
  readonly id: string;
  readonly room: { readonly id: string; readonly name: string };
  readonly status: EgressStatus;
  readonly reason?: string | undefined;
  readonly layout: EgressResource['layout'];
  readonly encoding: Encoding;
  readonly outputs: readonly EgressOutput[];
  /** Its files; undefined when it is not recorded. */
  readonly recordings?: readonly KeptRecording[] | undefined;
  readonly createdAt: string;
  readonly endedAt?: string | undefined;
  /** Gateways that were lost, and have not told of all their files perhaps. */
  readonly formerGateways?: readonly FormerHolder[] | undefined;
  readonly revision: number;
}

/** Which gateway composes a broadcast, and under which addresses. */
export interface EgressPlace {
  readonly gatewayId: string;
  readonly hlsUrl: string;
  readonly rtmpUrl: string;
}

/** A broadcast; one for which there was no gateway has failed without a place. */
export type Egress = EgressDraft & (EgressPlace | { readonly [Name in keyof EgressPlace]?: undefined });

/** A broadcast that a gateway has. */
export type PlacedEgress = EgressDraft & EgressPlace;

export function isPlaced(egress: Egress): egress is PlacedEgress {
  return egress.gatewayId !== undefined;
}

/** Which of all egresses. */
export interface EgressFilter {
  readonly roomId?: string | undefined;
  readonly status?: EgressStatus | undefined;
}

/** A change of an egress that was told or asked for. */
export interface EgressChange {
  readonly status: EgressStatus;
  readonly reason?: string | undefined;
}

/** How far a status is; what a gateway tells late or again never leads back. */
const ORDER: Readonly<Record<EgressStatus, number>> = { starting: 0, active: 1, stopped: 2, failed: 2 };

export function isFinal(status: EgressStatus): boolean {
  return status === 'stopped' || status === 'failed';
}

/** Whether `change` leads on from `status`. */
export function leadsOn(status: EgressStatus, change: EgressChange): boolean {
  return ORDER[change.status] > ORDER[status];
}

/** So many files of one broadcast are known; a gateway that dies every few seconds makes no more of them known. */
const MAX_RECORDINGS = 50;

/** Whether a gateway may tell of a file: of one that it writes, or of a new one of a broadcast that it runs or has run lately. */
export function mayRecord(
  { recordings = [], gatewayId, formerGateways }: PlacedEgress,
  { id }: Pick<Recording, 'id'>,
  teller: string,
  nowMs: number,
): boolean {
  const writer = recordings.find((each) => each.id === id)?.gatewayId;
  return writer === undefined ? teller === gatewayId || mayTellLate(formerGateways, teller, nowMs) : teller === writer;
}

/**
 * The files of a broadcast after a gateway told of one of them; undefined when that is nothing new: what is told late or
 * again never leads back. Only what was given up gives way to what its gateway knows.
 */
export function withRecording(
  { recordings }: Pick<EgressDraft, 'recordings'>,
  told: Recording,
  gatewayId: string,
): readonly KeptRecording[] | undefined {
  if (!recordings) return undefined;
  const kept = { ...told, gatewayId };
  const known = recordings.find(({ id }) => id === told.id);
  if (known) {
    if (known.deletedAt !== undefined) return undefined;
    const news = told.status !== 'recording' && (known.status === 'recording' || known.givenUp);
    return news ? recordings.map((each) => (each === known ? kept : each)) : undefined;
  }
  return recordings.length < MAX_RECORDINGS ? [...recordings, kept] : undefined;
}

/** The files of a broadcast after one that is not final was given up; undefined when there is none such. */
export function withoutHope(
  { recordings }: Pick<EgressDraft, 'recordings'>,
  id: string,
  reason: string,
): readonly KeptRecording[] | undefined {
  if (!recordings?.some((each) => each.id === id && each.status === 'recording')) return undefined;
  return recordings.map((each) => (each.id === id ? { ...each, status: 'failed', reason, givenUp: true } : each));
}

/** A file that is to be taken away, and by whom: its gateway or, from a bucket, any that has the bucket. */
export interface Deletion {
  readonly holder: string;
  readonly egressId: string;
  readonly id: string;
}

/** As they hold files: an id of a gateway is no bucket. */
export function bucketHolder(bucket: string): string {
  return `s3://${bucket}`;
}

/** Who is to take a file away. */
export function holderOf({ gatewayId }: PlacedEgress, recording: KeptRecording): string {
  const [bucket] = /^s3:\/\/[^/]+/.exec(recording.location ?? '') ?? [];
  return bucket ?? recording.gatewayId ?? gatewayId;
}

/** The files of a broadcast after one of them was deleted: it is known that there was one, and no longer where. */
export function withDeleted(
  { recordings = [] }: Pick<EgressDraft, 'recordings'>,
  id: string,
  deletedAt: string,
): readonly KeptRecording[] {
  return recordings.map((each) => {
    if (each.id !== id) return each;
    const { location: _, url: __, ...rest } = each;
    return { ...rest, deletedAt };
  });
}

/** Where a gateway serves an egress. */
export function addressesAt({ id, service }: RtmpGateway): EgressPlace {
  return { gatewayId: id, hlsUrl: service.hlsUrl, rtmpUrl: service.rtmpUrl };
}

/** What the gateway is told to run. */
export function toAssignment({ id, room, layout, encoding, outputs, recordings }: EgressDraft): EgressAssignment {
  return {
    id,
    room: { ...room },
    layout,
    encoding,
    outputs: outputs.map((output) => ({ ...output })),
    record: recordings !== undefined,
  };
}

/** The egress as the API shows it. */
export function toEgressResource(egress: Egress): EgressResource {
  const { id, room, status, reason, layout, encoding, recordings, createdAt, endedAt, revision } = egress;
  return {
    id,
    room: { ...room },
    status,
    ...(reason === undefined ? {} : { reason }),
    layout,
    encoding,
    outputs: egress.outputs.map((output) => toOutputResource(egress, output)),
    ...(recordings === undefined ? {} : { recordings: recordings.map(toRecordingResource) }),
    createdAt,
    ...(endedAt === undefined ? {} : { endedAt }),
    revision,
  };
}

function toRecordingResource(kept: KeptRecording): Recording {
  const { gatewayId: _, givenUp: __, ...recording } = kept;
  return recording;
}

function toOutputResource(egress: Egress, { id, type, token }: EgressOutput): EgressResource['outputs'][number] {
  if (!isPlaced(egress)) return { id, type };
  if (type === 'hls') return { id, type, playlistUrl: `${withoutSlash(egress.hlsUrl)}/${egress.id}/master.m3u8` };
  return { id, type, pullUrl: `${withoutSlash(egress.rtmpUrl)}/${egress.id}?token=${token ?? ''}` };
}

function withoutSlash(url: string): string {
  return url.replace(/\/+$/, '');
}
