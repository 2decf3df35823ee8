/** Sound and touch for hands that hold a box: each verdict has its own, so that the screen need not be looked at. */
import type { Outcome } from "./messages.js";

const TONES: { [outcome in Outcome]: [number, number][] } = {
  authentic: [[1320, 0.09]],
  rejected: [[330, 0.18], [250, 0.3]],
  suspect: [[620, 0.12], [620, 0.12]],
  inconclusive: [[520, 0.22]],
  "not-a-label": [[200, 0.1]],
};
const PATTERNS: { [outcome in Outcome]: number[] } = {
  authentic: [40], rejected: [180, 80, 180], suspect: [90, 60, 90], inconclusive: [120], "not-a-label": [20],
};
const GAP = 0.07;
let audio: AudioContext | null = null;

export function beep(outcome: Outcome): void {
  audio ??= new AudioContext();
  let at = audio.currentTime;
  for (const [frequency, seconds] of TONES[outcome]) {
    const tone = audio.createOscillator(), volume = audio.createGain();
    tone.frequency.value = frequency;
    volume.gain.setValueAtTime(0.2, at);
    volume.gain.exponentialRampToValueAtTime(0.001, at + seconds);
    tone.connect(volume).connect(audio.destination);
    tone.start(at);
    tone.stop(at + seconds);
    at += seconds + GAP;
  }
}

export const vibrate = (outcome: Outcome): void => void navigator.vibrate?.(PATTERNS[outcome]);
