import { idSchema } from '@muon/contract/id.ts';
import { addressList } from '@muon/service/address-list.ts';
import { serviceSettings } from '@muon/service/settings.ts';
import { dialHost, localAddresses, urlHost } from '@muon/service/addresses.ts';
import * as z from 'zod';

const port = z.coerce.number().int().min(1).max(65_535);

/** Settings of a media node. */
export const nodeSettings = serviceSettings.extend({
  MUON_NODE_ID: idSchema('node')
    .default('nd_local')
    .meta({ description: 'Id of this node; two nodes never share one, a node that starts again keeps its own.' }),
  MUON_NODE_PORT: port
    .default(7000)
    .meta({ description: 'TCP port of signalling, links, metrics and health of the media node.' }),
  MUON_MEDIA_PORT: port.default(7001).meta({ description: 'UDP and TCP port of all WebRTC media of the media node.' }),
  MUON_PUBLIC_MEDIA_PORT: port.optional().meta({
    description:
      'Port at which clients reach the media port, when a NAT maps it to another one; the offset is not added.',
  }),
  MUON_NODE_URL: z
    .url()
    .optional()
    .meta({ description: 'WebSocket address that clients are given; set it when TLS or a name stands in front.' }),
  MUON_NODE_LINK_URL: z
    .url()
    .optional()
    .meta({ description: 'WebSocket address that gateways are given; by default the port on the bind address.' }),
  MUON_NODE_CAPACITY: z.coerce
    .number()
    .int()
    .min(1)
    .default(500)
    .meta({ description: 'How many participants the control plane places on this node.' }),
  MUON_TRUSTED_PROXIES: addressList.meta({
    description:
      'Addresses and networks (10.0.0.0/8) of proxies in front of this node, separated by commas: clients are who these say in `X-Forwarded-For`. Set it where TLS ends in front, since some limits are by address.',
  }),
  MUON_LINK_FROM_ANYWHERE: z
    .enum(['0', '1'])
    .default('0')
    .meta({ description: '1 admits links from public addresses too; by default only loopback and private networks.' }),
});

export type NodeSettings = z.infer<typeof nodeSettings>;

/** Where this node is found, from its settings. */
export interface NodeAddress {
  readonly httpPort: number;
  readonly mediaPort: number;
  readonly url: string;
  readonly linkUrl: string;
}

export function nodeAddress(settings: NodeSettings): NodeAddress {
  const httpPort = settings.MUON_NODE_PORT + settings.MUON_PORT_OFFSET;
  const mediaPort = settings.MUON_MEDIA_PORT + settings.MUON_PORT_OFFSET;
  const linkHost = dialHost(settings.MUON_HOST);
  const [publicHost = ''] = [...settings.MUON_PUBLIC_IP, ...localAddresses(settings.MUON_HOST)];
  return {
    httpPort,
    mediaPort,
    url: settings.MUON_NODE_URL ?? `ws://${toName(publicHost)}:${httpPort}/ws`,
    linkUrl: settings.MUON_NODE_LINK_URL ?? `ws://${urlHost(linkHost)}:${httpPort}/link`,
  };
}

/** Pages of this machine's own console are at the name, and browsers hold the two apart. */
function toName(address: string): string {
  return address === '127.0.0.1' ? 'localhost' : urlHost(address);
}
