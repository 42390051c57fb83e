import type { ControlPlane } from '@muon/service/control-plane.ts';
import { openControlPlane } from '@muon/service/open-control-plane.ts';
import type { Log } from '@muon/service/log.ts';
import { registerGateway } from '@muon/service/gateway-registration.ts';
import type { Registration } from '@muon/service/registration.ts';
import { refusals, type Refusal } from './call/refusal.ts';
import { FrameClock } from './media/clock.ts';
import { RtpPorts } from './media/rtp-ports.ts';
import { emptyTally } from './media/tally.ts';
import { Metrics } from './metrics.ts';
import { OutboundCalls } from './outbound-calls.ts';
import { PhoneCall, type CallContext } from './phone-call.ts';
import { sipAddresses, type SipSettings } from './settings.ts';
import { openSignaling } from './signaling/open-signaling.ts';
import type { SignalingBackend, SignalingEvent } from './signaling/signaling.ts';
import { StatusServer } from './status-server.ts';

/** The SIP gateway: phones call rooms. */
export class Gateway {
  readonly #calls = new Map<string, PhoneCall>();
  readonly #signaling: SignalingBackend;
  readonly #registration: Registration;
  readonly #context: CallContext;
  readonly #metrics: Metrics;
  readonly #maxCalls: number;
  #status: StatusServer | undefined;
  #closing = false;

  /** @throws Error when a port is taken. */
  static async start(settings: SipSettings, log: Log): Promise<Gateway> {
    const { statusPort } = sipAddresses(settings);
    const signaling = await openSignaling(settings, log);
    const gateway = new Gateway(settings, signaling, log);
    const { registry } = gateway.#metrics;
    const healthy = (): boolean => signaling.listening;
    try {
      gateway.#status = await StatusServer.start({ host: settings.MUON_HOST, port: statusPort, registry, healthy });
    } catch (error) {
      await gateway.close();
      throw error;
    }
    return gateway;
  }

  /** Settles when rooms can be called. */
  get ready(): Promise<void> {
    return this.#registration.ready;
  }

  private constructor(settings: SipSettings, signaling: SignalingBackend, log: Log) {
    const { host, advertisedAddress, rtpFirstPort, rtpLastPort } = sipAddresses(settings);
    const controlPlane = openControlPlane(settings);
    const gateway = settings.MUON_SIP_GATEWAY_ID;
    const tally = emptyTally();
    this.#maxCalls = settings.MUON_SIP_MAX_CALLS;
    this.#signaling = signaling;
    this.#metrics = new Metrics({
      tally,
      calls: () => this.#calls.size,
      signalingCounters: () => signaling.counters,
    });
    this.#context = {
      signaling,
      createLink: (participant) => controlPlane.call('createLink', { gateway, kind: 'sip', ...participant }),
      ports: new RtpPorts({ host, first: rtpFirstPort, last: rtpLastPort }),
      clock: new FrameClock(),
      tally,
      advertisedAddress,
      log,
      ended: (call, reason) => {
        this.#calls.delete(call.id);
        this.#metrics.ended(reason);
      },
    };
    this.#registration = this.#register(controlPlane, settings);
    signaling.on('event', (event) => this.#receive(event));
  }

  async close(): Promise<void> {
    this.#closing = true;
    this.#registration.close();
    for (const call of this.#calls.values()) call.close();
    await this.#signaling.close();
    this.#status?.close();
  }

  #register(controlPlane: ControlPlane, settings: SipSettings): Registration {
    const outbound = new OutboundCalls();
    const registration = registerGateway({
      controlPlane,
      log: this.#context.log,
      gateway: {
        id: settings.MUON_SIP_GATEWAY_ID,
        region: settings.MUON_REGION,
        service: { kind: 'sip', address: sipAddresses(settings).dialAddress },
        capacity: settings.MUON_SIP_MAX_CALLS,
      },
      tell: () => ({ egresses: [], calls: outbound.statuses }),
      apply: ({ calls }) => {
        if (outbound.apply(calls)) void registration.beat();
      },
    });
    return registration;
  }

  #receive(event: SignalingEvent): void {
    if (event.type !== 'invited') return this.#calls.get(event.call)?.receive(event);
    const call = new PhoneCall(event, this.#context);
    const refusal = this.#refusal();
    this.#calls.set(event.call, call);
    this.#metrics.started();
    call.start(refusal);
  }

  /** Why no call can be taken now. */
  #refusal(): Refusal | undefined {
    if (this.#closing) return refusals.closing;
    return this.#calls.size >= this.#maxCalls ? refusals.tooManyCalls : undefined;
  }
}
