import { isIPv4 } from 'node:net';
import { idSchema } from '@muon/contract/id.ts';
import { addressList } from '@muon/service/address-list.ts';
import { ipv4Host, localAddresses } from '@muon/service/addresses.ts';
import { serviceSettings } from '@muon/service/settings.ts';
import * as z from 'zod';

const port = z.coerce.number().int().min(1).max(65_535);

/** The port that a SIP address means when it names none. */
const DEFAULT_SIP_PORT = 5060;

const MAX_PORT = 65_535;

/** Settings of the SIP gateway. */
export const sipSettings = serviceSettings.extend({
  MUON_SIP_GATEWAY_ID: idSchema('gateway').default('gw_sip-local').meta({
    description: 'Id of this SIP gateway; two gateways never share one, a gateway that starts again keeps its own.',
  }),
  MUON_SIP_BACKEND: z.enum(['sipjs', 'drachtio']).default('sipjs').meta({
    description: 'Who speaks SIP: `sipjs`, which is built in, or `drachtio`, a drachtio-server beside the gateway.',
  }),
  MUON_SIP_DRACHTIO_HOST: z
    .string()
    .default('127.0.0.1')
    .meta({ description: 'Where drachtio-server takes control connections; they are not encrypted.' }),
  MUON_SIP_DRACHTIO_PORT: port
    .default(9022)
    .meta({ description: 'TCP port of the control connections of drachtio-server; not moved by MUON_PORT_OFFSET.' }),
  MUON_SIP_DRACHTIO_SECRET: z
    .string()
    .regex(/^[^|]*$/, 'must not contain |')
    .default('')
    .meta({ description: 'The secret of drachtio-server (its DRACHTIO_SECRET).' }),
  MUON_SIP_PORT: port.default(DEFAULT_SIP_PORT).meta({ description: 'UDP and TCP port of SIP.' }),
  MUON_SIP_STATUS_PORT: port.default(7060).meta({ description: 'TCP port of health and metrics of the SIP gateway.' }),
  MUON_SIP_RTP_FIRST_PORT: port.default(20_000).meta({ description: 'First UDP port of sound of phones.' }),
  MUON_SIP_RTP_LAST_PORT: port
    .default(20_999)
    .meta({ description: 'Last UDP port of sound of phones; a call takes two.' }),
  MUON_SIP_MAX_CALLS: z.coerce
    .number()
    .int()
    .min(1)
    .max(5000)
    .default(100)
    .meta({ description: 'How many calls are on at once; one more is refused with 503.' }),
  MUON_SIP_CALLS_PER_SECOND: z.coerce
    .number()
    .int()
    .min(1)
    .default(50)
    .meta({ description: 'How many new calls are taken in a second; one more is refused with 503.' }),
  MUON_SIP_ALLOWED_SOURCES: addressList.meta({
    description:
      'Addresses and networks (10.0.0.0/8) that may call, separated by commas; all others are dropped unread. Empty: everybody.',
  }),
});

export type SipSettings = z.infer<typeof sipSettings>;

/** Ports and addresses that follow from the settings. */
export interface SipAddresses {
  /** What phones reach: they are served over IPv4. */
  readonly host: string;
  readonly sipPort: number;
  readonly statusPort: number;
  readonly rtpFirstPort: number;
  readonly rtpLastPort: number;
  /** The address that phones are told to send to. */
  readonly advertisedAddress: string;
  /** What follows the `@` of a room's SIP address. */
  readonly dialAddress: string;
}

export function sipAddresses(settings: SipSettings): SipAddresses {
  const offset = settings.MUON_PORT_OFFSET;
  const host = ipv4Host(settings.MUON_HOST);
  const sipPort = settings.MUON_SIP_PORT + offset;
  const advertisedAddress = settings.MUON_PUBLIC_IP.find((address) => isIPv4(address)) ?? localAddresses(host)[0]!;
  return {
    host,
    sipPort,
    statusPort: settings.MUON_SIP_STATUS_PORT + offset,
    rtpFirstPort: Math.min(settings.MUON_SIP_RTP_FIRST_PORT + offset, MAX_PORT),
    rtpLastPort: Math.min(settings.MUON_SIP_RTP_LAST_PORT + offset, MAX_PORT),
    advertisedAddress,
    dialAddress: sipPort === DEFAULT_SIP_PORT ? advertisedAddress : `${advertisedAddress}:${sipPort}`,
  };
}
