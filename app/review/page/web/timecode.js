// Time as frames and as timecode, at the rate and from the start that the take counts by.
const FPS = review.take.fps;
const NOMINAL = Math.max(1, Math.round(FPS));
const DROPS = review.take.startTimecode.includes(";") && Math.abs(FPS - NOMINAL) > 1e-3 && NOMINAL % 30 === 0 ? NOMINAL / 15 : 0;
const LAST_FRAME = Math.max(0, Math.ceil(review.take.durationS * FPS - 1e-6) - 1);

/** The number of the frame that shows at a time, from 0. */
const frameAt = (t) => clamp(Math.floor(t * FPS + 1e-4), 0, LAST_FRAME);
const timeOf = (frame) => clamp(frame, 0, LAST_FRAME) / FPS;

/** Frames since midnight of a timecode. */
function framesOf(text) {
  const [hours, minutes, seconds, frames] = (text.match(/\d+/g) ?? []).map(Number);
  if (frames === undefined) return 0;
  const passed = 60 * hours + minutes;
  return (60 * passed + seconds) * NOMINAL + frames - DROPS * (passed - Math.floor(passed / 10));
}

const START_FRAME = framesOf(review.take.startTimecode);

/** HH:MM:SS:FF of a frame of the take; with drop-frame (SMPTE 12M) numbers are left out so that the clock keeps up with the wall's. */
function timecode(frame) {
  let n = frame + START_FRAME;
  if (DROPS) {
    const perTen = 600 * NOMINAL - 9 * DROPS, perMinute = 60 * NOMINAL - DROPS;
    const tens = Math.floor(n / perTen), rest = n % perTen;
    n += 9 * DROPS * tens + (rest >= DROPS ? DROPS * Math.floor((rest - DROPS) / perMinute) : 0);
  }
  const two = (value) => String(value).padStart(2, "0");
  const seconds = Math.floor(n / NOMINAL);
  return `${two(Math.floor(seconds / 3600) % 24)}:${two(Math.floor(seconds / 60) % 60)}:${two(seconds % 60)}${DROPS ? ";" : ":"}${two(n % NOMINAL)}`;
}
