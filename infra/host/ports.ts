/** Ports of one node are so far from those of the next. */
const STEP = 10;

/** Where a host listens. `tls…` are what clients reach; plain ones are for the host itself and the VPC. */
export const hostPorts = {
  /** Signalling: TLS in front, and the node itself, which links reach. */
  node: (core: number) => ({ tls: 7000 + STEP * core, media: 7001 + STEP * core, plain: 7002 + STEP * core }),
  offsetOf: (core: number): number => STEP * core,
  turn: 3478,
  hls: { tls: 8088, plain: 8087 },
  rtmp: 1935,
  sip: { plain: 5060, control: 9022, status: 7060, rtpFirst: 20_000, rtpLast: 20_999 },
} as const;
