import type { Ingress as IngressResource } from '@muon/contract/ingress.ts';

/** Where an encoder publishes into a room: its stream key cannot be read from it. */
export interface Ingress {
  readonly id: string;
  readonly type: IngressResource['type'];
  readonly room: { readonly id: string; readonly name: string };
  readonly identity: string;
  readonly name: string;
  readonly enabled: boolean;
  /** SHA-256 of the whole stream key, in hexadecimal. */
  readonly sha256: string;
  readonly createdAt: string;
  readonly revision: number;
}

const STREAM_KEY = /^sk_([a-z0-9]{1,64})_[A-Za-z0-9_-]{16,128}$/;

export function toStreamKey(ingressId: string, secret: string): string {
  return `sk_${ingressId.replace('in_', '')}_${secret}`;
}

/** The ingress that a stream key is for; undefined when it is none. */
export function ingressOf(streamKey: string): string | undefined {
  const tail = STREAM_KEY.exec(streamKey)?.[1];
  return tail === undefined ? undefined : `in_${tail}`;
}

/** The ingress as the API shows it. */
export function toIngressResource(kept: Ingress): IngressResource {
  const { sha256: _, ...ingress } = kept;
  return { ...ingress, room: { ...ingress.room }, url: '/v1/whip' };
}
