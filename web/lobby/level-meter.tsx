import { useEffect, useRef } from 'preact/hooks';

const BARS = 5;

/** Shows that a microphone hears something. */
export function LevelMeter({ media }: { readonly media: MediaStreamTrack }) {
  const meter = useRef<HTMLSpanElement>(null);
  useEffect(() => {
    const context = new AudioContext();
    const analyser = new AnalyserNode(context, { fftSize: 512 });
    context.createMediaStreamSource(new MediaStream([media])).connect(analyser);
    const samples = new Float32Array(analyser.fftSize);
    // A page that nobody has clicked yet may not start one.
    const resume = (): void => void context.resume();
    addEventListener('pointerdown', resume);
    let frame = requestAnimationFrame(function draw() {
      analyser.getFloatTimeDomainData(samples);
      meter.current?.style.setProperty('--level', String(barsOf(samples)));
      frame = requestAnimationFrame(draw);
    });
    return () => {
      cancelAnimationFrame(frame);
      removeEventListener('pointerdown', resume);
      void context.close();
    };
  }, [media]);
  return (
    <span ref={meter} class="level-meter" aria-hidden="true">
      {Array.from({ length: BARS }, (_, bar) => (
        <i key={bar} style={`--bar: ${bar}`} />
      ))}
    </span>
  );
}

/** How many bars are lit, from the loudest sample; ears count in decibels, -50 being silence. */
function barsOf(samples: Float32Array): number {
  const peak = samples.reduce((loudest, sample) => Math.max(loudest, Math.abs(sample)), 0);
  return Math.max(0, (1 + Math.log10(Math.max(peak, 1e-6)) / 2.5) * BARS);
}
