// The process of a network: told by its parent what to do, so that its timing suffers from nobody else's work.
import { TcpLink } from './tcp-link.ts';
import { UdpLink } from './udp-link.ts';
import type { NetworkCommand, NetworkReport } from './messages.ts';

const [host = '127.0.0.1', seed = '1'] = process.argv.slice(2);
const udp = await UdpLink.open(host, Number(seed));
const tcp = await TcpLink.open(host);

process.on('message', (message) => void obey(message as NetworkCommand));
process.on('disconnect', () => process.exit());
report(0);

async function obey(command: NetworkCommand): Promise<void> {
  switch (command.type) {
    case 'attach':
      udp.target(command.address, command.mediaPort);
      tcp.target(command.address, command.httpPort);
      break;
    case 'conditions':
      udp.setConditions(command.direction, command.conditions, command.clientPorts);
      break;
    case 'burst':
      udp.loseBurst(command.direction, command.burst);
      break;
    case 'rebind':
      await udp.rebind(command.address, command.clientPorts);
      break;
    case 'cut':
      tcp.cut();
      break;
    case 'mend':
      tcp.mend();
      break;
    case 'look':
      break;
    default:
      command satisfies never;
  }
  report(command.id);
}

function report(id: number): void {
  const now: NetworkReport = {
    id,
    udpPort: udp.port,
    tcpPort: tcp.port,
    tcpConnections: tcp.connections,
    flows: udp.flows,
  };
  process.send?.(now);
}
