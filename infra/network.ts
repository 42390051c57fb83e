import {
  FlowLogDestination,
  type ISecurityGroup,
  type IVpc,
  Peer,
  Port,
  SecurityGroup,
  SubnetType,
  Vpc,
} from 'aws-cdk-lib/aws-ec2';
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { Construct } from 'constructs';
import { acknowledge } from './acknowledge.ts';
import { hostPorts } from './host/ports.ts';

/** A network of public subnets: media goes straight between clients and hosts, and a NAT would cost more than they do. */
export function makeVpc(scope: Construct): IVpc {
  const logGroup = new LogGroup(scope, 'FlowLog', { retention: RetentionDays.ONE_MONTH });
  // CDK's own types disagree about optional properties.
  return new Vpc(scope, 'Vpc', {
    maxAzs: Infinity,
    natGateways: 0,
    subnetConfiguration: [{ name: 'hosts', subnetType: SubnetType.PUBLIC, mapPublicIpOnLaunch: true, cidrMask: 20 }],
    restrictDefaultSecurityGroup: false,
    flowLogs: { all: { destination: FlowLogDestination.toCloudWatchLogs(logGroup) } },
  }) as IVpc;
}

/** Everybody reaches what is meant for everybody; links, which have no TLS, come from the fleet alone. */
export function openMediaPorts(media: SecurityGroup, fleet: readonly ISecurityGroup[], nodes: number): void {
  for (let core = 0; core < nodes; core += 1) {
    const { tls, media: rtp, plain } = hostPorts.node(core);
    media.addIngressRule(Peer.anyIpv4(), Port.tcpRange(tls, rtp), `node ${core}: signalling, media over TCP`);
    media.addIngressRule(Peer.anyIpv4(), Port.udp(rtp), `node ${core}: media`);
    for (const group of fleet) media.addIngressRule(group, Port.tcp(plain), `node ${core}: links`);
  }
  media.addIngressRule(Peer.anyIpv4(), Port.tcp(hostPorts.rtmp), 'RTMP');
  media.addIngressRule(Peer.anyIpv4(), Port.tcp(hostPorts.hls.tls), 'HLS origin, for the CDN');
  media.addIngressRule(Peer.anyIpv4(), Port.udp(hostPorts.turn), 'TURN');
  media.addIngressRule(Peer.anyIpv4(), Port.tcp(hostPorts.turn), 'TURN over TCP');
  acknowledge(media, { 'AwsSolutions-EC23': 'Clients are everywhere; what they reach asks for a token.' });
}

/** Carriers alone may call; the sound of their calls comes from wherever it comes from. */
export function openSipPorts(sip: SecurityGroup, carriers: readonly string[]): void {
  const { plain, rtpFirst, rtpLast } = hostPorts.sip;
  for (const carrier of carriers) {
    sip.addIngressRule(Peer.ipv4(carrier), Port.udp(plain), 'SIP');
    sip.addIngressRule(Peer.ipv4(carrier), Port.tcp(plain), 'SIP over TCP');
  }
  sip.addIngressRule(Peer.anyIpv4(), Port.udpRange(rtpFirst, rtpLast), 'sound of calls');
  acknowledge(sip, { 'AwsSolutions-EC23': 'Carriers announce the address of each call; others are not heard.' });
}
