/**
 * A number worth watching: the level of an imaginary sea, in metres, with a swell on a tide that turns in minutes.
 */

/** Height and period of each wave that adds up to the level. */
const WAVES = [
  { metres: 1.4, periodMs: 240_000 },
  { metres: 0.22, periodMs: 9_300 },
  { metres: 0.09, periodMs: 4_100 },
  { metres: 0.035, periodMs: 1_700 },
];

const MEAN_LEVEL_METRES = 3.2;

/** @returns {(atMs: number) => number} the level in metres, to the millimetre */
export function createTide() {
  return (atMs) => {
    const metres = WAVES.reduce(
      (level, wave) => level + wave.metres * Math.sin((2 * Math.PI * atMs) / wave.periodMs),
      MEAN_LEVEL_METRES,
    );
    return Math.round(metres * 1000) / 1000;
  };
}
