import { once } from 'node:events';
import { resolve } from 'node:path';
import type { EgressAssignment } from '@muon/contract/internal.ts';
import type { ControlPlane } from '@muon/service/control-plane.ts';
import { openControlPlane } from '@muon/service/open-control-plane.ts';
import { openLog } from '@muon/service/log.ts';
import type { Service } from '@muon/service/process.ts';
import type { Registration } from '@muon/service/registration.ts';
import { registerGateway } from '@muon/service/gateway-registration.ts';
import { HlsOrigin } from './hls/origin.ts';
import { Metrics } from './metrics.ts';
import type { LinkAddress } from './program/room-link.ts';
import { Programs } from './programs.ts';
import { RtmpFront } from './rtmp/rtmp-front.ts';
import type { RecordingsBucket } from './recording/bucket.ts';
import { Recordings } from './recording/recordings.ts';
import { rtmpGatewayAddress, type RtmpGatewaySettings } from './settings.ts';

/** How long a gateway that is told to end may upload what it has recorded; its unit allows for a little more. */
const UPLOAD_MS = 80_000;

/** The RTMP and HLS gateway: runs the programs that the control plane gives it, and serves them. */
export async function startGateway(settings: RtmpGatewaySettings): Promise<Service> {
  const { MUON_RTMP_GATEWAY_ID: id, MUON_HOST: host } = settings;
  const log = openLog('rtmp-gateway', settings.MUON_LOG_LEVEL);
  const address = rtmpGatewayAddress(settings);
  const controlPlane = openControlPlane(settings);
  const metrics = new Metrics();

  const rtmp = new RtmpFront({ host, port: address.rtmpPort, log });
  rtmp.on('tally', (tally) => metrics.rtmp(tally));
  let registration: Registration | undefined;
  const beat = (): void => void registration?.beat();
  const bucket = await openBucket(settings.MUON_RECORDINGS_BUCKET);
  const recordings = await Recordings.open({
    folder: resolve(settings.MUON_RECORDINGS_DIR),
    gatewayId: id,
    hlsUrl: address.hlsUrl,
    bucket,
    metrics,
    log,
    onChanged: beat,
  });
  const programs = new Programs({
    rtmp,
    recordings,
    metrics,
    log,
    openLink: (assignment) => openLink(controlPlane, id, assignment),
    onChanged: beat,
  });
  const origin = await HlsOrigin.open({
    host,
    port: address.hlsPort,
    stream: (egressId) => programs.stream(egressId),
    recording: (request) => recordings.find(request),
    metrics: () => metrics.text(),
    healthy: () => rtmp.listening,
    onAnswered: (status) => metrics.hlsAnswered(status),
  });
  if (!rtmp.listening) await once(rtmp, 'listening');

  let closing = false;
  registration = registerGateway({
    controlPlane,
    log,
    gateway: {
      id,
      region: settings.MUON_REGION,
      service: { kind: 'rtmp', hlsUrl: address.hlsUrl, rtmpUrl: address.rtmpUrl },
      capacity: settings.MUON_RTMP_CAPACITY,
    },
    tell: () => ({
      egresses: programs.statuses,
      recordings: recordings.tell(),
      unfinished: recordings.unfinished,
      deleted: recordings.deleted,
      ...(bucket ? { bucket: bucket.name } : {}),
    }),
    apply: ({ egresses, deleteRecordings, refused }) => {
      recordings.told();
      void recordings.delete(deleteRecordings);
      if (refused.length > 0) log.error({ refused }, 'the control plane refused what was told of recordings');
      for (const { code } of refused) metrics.reportRefused(code);
      if (!closing) programs.apply(egresses);
    },
  });
  log.info({ rtmpPort: address.rtmpPort, hlsPort: address.hlsPort }, 'RTMP and HLS gateway listens');

  return {
    ready: registration.ready,
    ...(settings.MUON_RECORDINGS_BUCKET === undefined ? {} : { closeTimeoutMs: UPLOAD_MS }),
    close: async () => {
      closing = true;
      registration.close();
      programs.close();
      rtmp.close();
      origin.close();
      await recordings.close();
      // A host that ends has no later life that could tell of them.
      if (recordings.unfinished.length > 0) await registration.beatOnceMore();
      await recordings.close();
    },
  };
}

/** Loaded when there is one alone: it is large. */
async function openBucket(name: string | undefined): Promise<RecordingsBucket | undefined> {
  if (name === undefined) return undefined;
  const { RecordingsBucket: Bucket } = await import('./recording/bucket.ts');
  return new Bucket(name);
}

/** Admission of a program to its room: seen by nobody. */
async function openLink(
  controlPlane: ControlPlane,
  gateway: string,
  { id, room }: EgressAssignment,
): Promise<LinkAddress> {
  return controlPlane.call('createLink', {
    gateway,
    room: room.id,
    identity: id,
    name: 'Broadcast',
    kind: 'egress',
    hidden: true,
  });
}
