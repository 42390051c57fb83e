import { runProcess } from '@muon/service/process.ts';
import { readSettings } from '@muon/service/settings.ts';
import { startGateway } from './gateway.ts';
import { rtmpGatewaySettings } from './settings.ts';

await runProcess(() => startGateway(readSettings(rtmpGatewaySettings, process.env)));
