import { idSchema } from '@muon/contract/id.ts';
import { urlHost } from '@muon/service/addresses.ts';
import { serviceSettings } from '@muon/service/settings.ts';
import * as z from 'zod';

const port = z.coerce.number().int().min(1).max(65_535);

/** Settings of the RTMP and HLS gateway. */
export const rtmpGatewaySettings = serviceSettings.extend({
  MUON_RTMP_GATEWAY_ID: idSchema('gateway').default('gw_rtmp-local').meta({
    description: 'Id of this RTMP gateway; two gateways never share one, a gateway that starts again keeps its own.',
  }),
  MUON_RTMP_PORT: port.default(1935).meta({ description: 'TCP port on which programs are pulled over RTMP.' }),
  MUON_HLS_PORT: port
    .default(8088)
    .meta({ description: 'TCP port of the HLS origin, and of metrics and health of the RTMP gateway.' }),
  MUON_HLS_URL: z.url().optional().meta({
    description: 'Address under which players find the HLS origin; set it when TLS or a CDN stands in front.',
  }),
  MUON_RECORDINGS_DIR: z.string().min(1).default('.muon/recordings').meta({
    description:
      'Folder in which the RTMP gateway keeps recordings; on one machine, `recordings` below `MUON_DATA_DIR` unless it is set.',
  }),
  MUON_RECORDINGS_BUCKET: z.string().min(3).optional().meta({
    description:
      'S3 bucket to which recordings are moved when they are whole, with the credentials and the region of the machine; without one, the folder keeps them.',
  }),
  MUON_RTMP_CAPACITY: z.coerce
    .number()
    .int()
    .min(1)
    .default(2)
    .meta({ description: 'How many programs this gateway composes at once; each takes about half a core at 720p30.' }),
});

export type RtmpGatewaySettings = z.infer<typeof rtmpGatewaySettings>;

/** Where this gateway listens, and what others are told of it. */
export interface RtmpGatewayAddress {
  readonly rtmpPort: number;
  readonly hlsPort: number;
  /** Base of `/{egress}/master.m3u8`. */
  readonly hlsUrl: string;
  /** Base of `/{egress}`. */
  readonly rtmpUrl: string;
}

export function rtmpGatewayAddress(settings: RtmpGatewaySettings): RtmpGatewayAddress {
  const rtmpPort = settings.MUON_RTMP_PORT + settings.MUON_PORT_OFFSET;
  const hlsPort = settings.MUON_HLS_PORT + settings.MUON_PORT_OFFSET;
  const host = urlHost(settings.MUON_PUBLIC_IP[0] ?? 'localhost');
  return {
    rtmpPort,
    hlsPort,
    hlsUrl: settings.MUON_HLS_URL ?? `http://${host}:${hlsPort}/hls`,
    rtmpUrl: `rtmp://${host}:${rtmpPort}/live`,
  };
}
