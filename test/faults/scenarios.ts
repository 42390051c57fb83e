import { audioFigures, videoFigures, type AudioFigures, type VideoFigures } from './figures.ts';
import { FaultStage } from './stage.ts';

/** How long a fault goes on while it is measured. */
const SECONDS = 30;

/** Each packet is lost with a probability of one in ten on each of the two ways through the network, which take 100 ms back and forth. */
export async function randomLoss(): Promise<{ video: VideoFigures; audio: AudioFigures }> {
  await using stage = await FaultStage.open(['ada', 'bob']);
  const conditions = { loss: 0.1, delayMs: 50 };
  await stage.network.set({ up: conditions, down: conditions });
  const samples = await stage.recordFor('bob', SECONDS);
  return { video: videoFigures(samples), audio: audioFigures(samples) };
}
