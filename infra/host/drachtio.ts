export interface DrachtioFront {
  /** The address of the host's own that SIP comes in at. */
  readonly address: string;
  readonly publicIp: string;
  readonly sipPort: number;
  /** Of the control connection, which nobody outside of the host reaches. */
  readonly controlPort: number;
}

/**
 * drachtio-server: SIP at one address, as which it tells phones the public one. Its secret is not here: it comes in the
 * environment, so that this file may be read by everybody.
 */
export function toDrachtioConfig({ address, publicIp, sipPort, controlPort }: DrachtioFront): string {
  const external = publicIp === address ? '' : ` external-ip="${publicIp}"`;
  return `<drachtio>
  <admin port="${controlPort}">127.0.0.1</admin>
  <sip>
    <contacts>
      <contact${external}>sip:${address}:${sipPort};transport=udp,tcp</contact>
    </contacts>
    <session-timers default-refresher="none"/>
  </sip>
  <cdrs>false</cdrs>
  <logging>
    <console/>
    <sofia-loglevel>0</sofia-loglevel>
    <loglevel>notice</loglevel>
  </logging>
</drachtio>
`;
}
