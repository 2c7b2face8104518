// Time: the sound leads, the picture follows. Forwards the browser keeps the pitch at any speed; backwards the sound runs reversed.
const SPEEDS = [0.1, 0.25, 0.5, 0.75, 1, 1.5, 2, 4, 8];
/** A single frame is heard at least this long. */
const SNIPPET_S = 0.07;

class Player {
  constructor() {
    this.sound = byId("sound");
    this.sound.src = URL.createObjectURL(fileOf(review.sound.at, review.sound.mime));
    this.sound.preservesPitch = true;
    this.duration = review.take.durationS;
    this.t = 0;
    this.speed = 1;
    /** 0 at rest, else what J and L made of it */
    this.rate = 0;
    this.loop = null;
    this.looping = false;
    this.onChange = () => {};
    this.onTrouble = () => {};
    this.sound.addEventListener("ended", () => { if (this.rate > 0 && !this.looping) this.pause(this.duration); });
  }

  get playing() { return this.rate !== 0; }

  toggle() { this.playing ? this.pause() : this.play(this.speed); }

  play(rate) {
    this.stopVoice();
    const [from, to] = this.bounds;
    if (rate > 0 && this.t >= to - 1e-3) this.t = from;
    if (rate < 0 && this.t <= from + 1e-3) this.t = to;
    this.rate = rate;
    this.anchor = null;
    if (rate > 0) {
      this.sound.playbackRate = clamp(rate, 0.0625, 16);
      this.sound.currentTime = Math.min(this.t, Math.max(this.duration - 1e-3, 0));
      this.sound.play().catch((error) => {
        if (error.name === "AbortError") return;
        this.onTrouble("The browser would not play the sound; press Play once more.");
        this.pause();
      });
    } else {
      this.sound.pause();
      this.anchor = { at: performance.now(), t: this.t };
      this.reversed();
    }
    this.onChange();
  }

  pause(t = this.now()) {
    this.rate = 0;
    this.sound.pause();
    this.stopVoice();
    this.t = clamp(t, 0, this.duration);
    this.onChange();
  }

  /** J and L: slower, the other way, faster. */
  shuttle(way) {
    const steps = [1, 2, 4, 8], at = steps.indexOf(Math.abs(this.rate));
    if (Math.sign(this.rate) === way) this.play(way * steps[Math.min(at + 1, steps.length - 1)]);
    else this.play(way);
  }

  get bounds() { return this.looping && this.loop ? this.loop : [0, this.duration]; }

  /** The present time; called once for every picture. */
  now() {
    if (!this.playing) return this.t;
    const [from, to] = this.bounds, clock = performance.now();
    if (this.rate > 0) {
      const heard = this.sound.currentTime;
      // some browsers move their clock in steps: between them time goes on by our own
      if (!this.anchor || heard !== this.anchor.heard) {
        const going = this.anchor ? this.anchor.t + (clock - this.anchor.at) / 1000 * this.rate : heard;
        this.anchor = { at: clock, heard, t: Math.abs(going - heard) > 0.06 * Math.max(this.rate, 1) ? heard : going + 0.15 * (heard - going) };
      }
      const onwards = this.sound.paused || this.sound.seeking || this.sound.readyState < 3 ? 0 : (clock - this.anchor.at) / 1000 * this.rate;
      this.t = clamp(this.anchor.t + Math.min(onwards, 0.25), 0, this.duration);
      if (this.looping && this.loop && (this.t >= to || this.t < from - 0.05)) this.seek(from);
      else if (this.t >= this.duration - 1e-4) this.pause(this.duration);
    } else {
      this.t = this.anchor.t + (clock - this.anchor.at) / 1000 * this.rate;
      if (this.t <= from) {
        if (this.looping) this.play(this.rate);
        else this.pause(from);
      }
    }
    return this.t;
  }

  seek(t) {
    this.t = clamp(t, 0, this.duration);
    if (this.rate > 0) {
      this.sound.currentTime = this.t;
      this.anchor = null;
    } else if (this.rate < 0) this.play(this.rate);
    this.onChange();
  }

  /** Show another frame, and hear it. */
  step(frames) {
    if (this.playing) this.pause();
    const frame = clamp(frameAt(this.t) + frames, 0, LAST_FRAME);
    this.seek(timeOf(frame));
    this.hear(this.t, Math.max(1 / FPS, SNIPPET_S));
  }

  /** Hear a moment, as while stepping and scrubbing. */
  async hear(t, length = SNIPPET_S) {
    const buffer = await this.decoded(false);
    if (!buffer || this.playing) return;
    this.stopVoice();
    this.voice = this.#start(buffer, clamp(t, 0, this.duration), length, 1);
  }

  async reversed() {
    const buffer = await this.decoded(true);
    if (!buffer || this.rate >= 0) return;
    this.stopVoice();
    this.voice = this.#start(buffer, this.duration - this.now(), this.duration, -this.rate);
  }

  #start(buffer, from, length, speed) {
    const source = this.context.createBufferSource(), fade = this.context.createGain(), at = this.context.currentTime;
    source.buffer = buffer;
    source.playbackRate.value = speed;
    source.connect(fade).connect(this.context.destination);
    fade.gain.setValueAtTime(0, at);
    fade.gain.linearRampToValueAtTime(1, at + 0.004);
    fade.gain.setValueAtTime(1, at + Math.max(length - 0.008, 0.004));
    fade.gain.linearRampToValueAtTime(0, at + Math.max(length, 0.012));
    source.start(at, Math.min(from, buffer.duration), length * speed + 0.01);
    return source;
  }

  stopVoice() {
    try { this.voice?.stop(); } catch { /* it has ended */ }
    this.voice = null;
  }

  /** The samples themselves, forwards or backwards; null where the browser has no way to them. */
  async decoded(backwards) {
    try {
      this.context ??= new AudioContext();
      this.context.resume();
      this.samples ??= fileOf(review.sound.at, review.sound.mime).arrayBuffer().then((data) => this.context.decodeAudioData(data));
      const buffer = await this.samples;
      if (!backwards) return buffer;
      if (!this.mirrored) {
        this.mirrored = this.context.createBuffer(1, buffer.length, buffer.sampleRate);
        this.mirrored.copyToChannel(buffer.getChannelData(0).slice().reverse(), 0);
      }
      return this.mirrored;
    } catch {
      return null;
    }
  }

  setLoop(from, to) {
    this.loop = to - from >= 1 / FPS - 1e-6 ? [clamp(from, 0, this.duration), clamp(to, 0, this.duration)] : null;
    if (!this.loop) this.looping = false;
    this.onChange();
  }
}
