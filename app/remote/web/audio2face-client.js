/**
 * Audio2FaceClient: drives ARKit morph targets of a three.js scene from a lip-sync server.
 *
 * The face follows the audio element's own clock: pausing, seeking and slow machines keep it in step, and the smoothing
 * gives the same motion at every display rate. Works with VisemeSync's bridge server and with `python -m app serve`.
 *
 * Classic script: <script src="audio2face-client.js"> sets window.Audio2FaceClient.
 * ES module:      import { Audio2FaceClient } from "./audio2face-client.mjs".
 */
"use strict";

/** Seconds that frames may arrive before they are shown; servers that do not know the word send in real time. */
const A2F_LEAD_S = 2.0;
/** VisemeSync's smoothing is a share per display frame at 60 Hz; here it is the same motion at any rate. */
const A2F_REFERENCE_HZ = 60;
const A2F_EASE_MS = 300;
const A2F_ARKIT = [
  "eyeBlinkLeft", "eyeLookDownLeft", "eyeLookInLeft", "eyeLookOutLeft", "eyeLookUpLeft", "eyeSquintLeft", "eyeWideLeft",
  "eyeBlinkRight", "eyeLookDownRight", "eyeLookInRight", "eyeLookOutRight", "eyeLookUpRight", "eyeSquintRight", "eyeWideRight",
  "jawForward", "jawLeft", "jawRight", "jawOpen", "mouthClose", "mouthFunnel", "mouthPucker", "mouthLeft", "mouthRight",
  "mouthSmileLeft", "mouthSmileRight", "mouthFrownLeft", "mouthFrownRight", "mouthDimpleLeft", "mouthDimpleRight",
  "mouthStretchLeft", "mouthStretchRight", "mouthRollLower", "mouthRollUpper", "mouthShrugLower", "mouthShrugUpper",
  "mouthPressLeft", "mouthPressRight", "mouthLowerDownLeft", "mouthLowerDownRight", "mouthUpperUpLeft", "mouthUpperUpRight",
  "browDownLeft", "browDownRight", "browInnerUp", "browOuterUpLeft", "browOuterUpRight", "cheekPuff", "cheekSquintLeft",
  "cheekSquintRight", "noseSneerLeft", "noseSneerRight", "tongueOut",
];

class Audio2FaceClient {
  constructor(options = {}) {
    this.serverUrl = "http://localhost:8000";
    this.wsUrl = "ws://localhost:8000";
    this.token = "";
    this.intensity = 1.0;
    this.smoothing = 0.3;
    this.useWebSocket = true;
    this.isConnected = false;
    this.label = ""; // what moves the face there, as the server calls it; a mock says so
    this.isProcessing = false;
    this.isSpeaking = false;
    this.callbacks = { processing: [], error: [], frame: [], speaking: [] };
    this.targets = []; // {mesh, index, name}: every morph target of an ARKit name on every mesh
    this.current = {}; // ARKit name -> weight that is shown now, before intensity
    this.frames = [];
    this.run = 0; // counts clips, so that what belongs to an older one is ignored
    this.configure(options);
  }

  /** Change settings: serverUrl, intensity, smoothing, useWebSocket, token. */
  configure({ serverUrl, intensity, smoothing, useWebSocket, token } = {}) {
    if (serverUrl !== undefined) {
      this.serverUrl = String(serverUrl).replace(/\/+$/, "");
      this.wsUrl = this.serverUrl.replace(/^http/, "ws");
    }
    if (intensity !== undefined) this.setIntensity(intensity);
    if (smoothing !== undefined) this.smoothing = Math.min(Math.max(Number(smoothing) || 0, 0.01), 1);
    if (useWebSocket !== undefined) this.useWebSocket = Boolean(useWebSocket);
    if (token !== undefined) this.token = String(token);
    return this;
  }

  /** Call back on "processing" (boolean), "error" (Error), "frame" (frame shown) and "speaking" (boolean). */
  on(event, callback) {
    if (this.callbacks[event] && typeof callback === "function") this.callbacks[event].push(callback);
    return this;
  }

  /** Stop calling back. */
  off(event, callback) {
    if (this.callbacks[event]) this.callbacks[event] = this.callbacks[event].filter((each) => each !== callback);
    return this;
  }

  emit(event, value) {
    for (const callback of this.callbacks[event]) callback(value);
  }

  /** Why the browser will not let this page talk to the server; "" when it will. */
  mixedContentProblem() {
    if (typeof location === "undefined" || location.protocol !== "https:" || !this.serverUrl.startsWith("http://")) return "";
    const host = new URL(this.serverUrl).hostname;
    if (host === "localhost" || host === "127.0.0.1" || host === "[::1]") return "";
    return (
      `This page came over HTTPS, so the browser blocks ${this.serverUrl} (mixed content). Give the server a certificate ` +
      "and use https:// (its WebSocket becomes wss://), or open this page from http://localhost."
    );
  }

  headers() {
    return this.token ? { Authorization: `Bearer ${this.token}` } : {};
  }

  /** Ask for the server's health: {connected: true, ...health} or {connected: false, error}. */
  async checkConnection() {
    try {
      const problem = this.mixedContentProblem();
      if (problem) throw new Error(problem);
      const answer = await fetch(`${this.serverUrl}/health`, { headers: this.headers() });
      if (!answer.ok) throw new Error(await refusal(answer));
      const health = await answer.json();
      this.isConnected = true;
      this.label = health.label ?? "";
      return { connected: true, ...health };
    } catch (error) {
      this.isConnected = false;
      return { connected: false, error: this.sentence(error) };
    }
  }

  sentence(error) {
    if (error instanceof TypeError) return `The server ${this.serverUrl} cannot be reached; start it, or check its address.`;
    return error.message;
  }

  /** Find every mesh with ARKit morph targets; returns whether there is any. */
  initializeWithScene(scene) {
    this.targets = [];
    const known = new Map(A2F_ARKIT.map((name) => [plain(name), name]));
    scene.traverse((mesh) => {
      if (!mesh.morphTargetDictionary || !mesh.morphTargetInfluences) return;
      for (const [spelling, index] of Object.entries(mesh.morphTargetDictionary)) {
        const name = known.get(plain(spelling));
        if (name) this.targets.push({ mesh, index, name });
      }
    });
    return this.targets.length > 0;
  }

  /** Have the server animate a sound, play the element and move the face with it; resolves when the sound has ended. */
  async processAndAnimate(audio, element) {
    const run = this.begin();
    try {
      const problem = this.mixedContentProblem();
      if (problem) throw new Error(problem);
      const blob = audio instanceof Blob ? audio : new Blob([audio], { type: "audio/wav" });
      if (this.useWebSocket) await this.openStream(run, blob, element);
      else await this.fetchFrames(run, blob);
      if (run !== this.run) return;
      this.setProcessing(false);
      await this.play(run, element);
    } catch (error) {
      if (run !== this.run) return;
      const told = new Error(this.sentence(error));
      this.setProcessing(false);
      this.stop();
      this.emit("error", told);
      throw told;
    }
  }

  /** Have the server animate a sound while another one may still play; resolves with its frames, for playFrames. */
  async prepare(audio) {
    const problem = this.mixedContentProblem();
    if (problem) throw new Error(problem);
    const blob = audio instanceof Blob ? audio : new Blob([audio], { type: "audio/wav" });
    try {
      return (await this.upload("/process-sync", blob)).frames;
    } catch (error) {
      throw new Error(this.sentence(error));
    }
  }

  /** Play a sound with frames that are there; resolves when it has ended or was stopped. The face rests unless another sound follows. */
  async playFrames(frames, element) {
    this.stop();
    this.frames = frames;
    await this.play(this.run, element, false);
  }

  begin() {
    this.stop();
    this.frames = [];
    this.setProcessing(true);
    return this.run;
  }

  setProcessing(on) {
    if (on === this.isProcessing) return;
    this.isProcessing = on;
    this.emit("processing", on);
  }

  setSpeaking(on) {
    if (on === this.isSpeaking) return;
    this.isSpeaking = on;
    this.emit("speaking", on);
  }

  async upload(path, blob) {
    const form = new FormData();
    form.append("audio", blob, "speech.wav");
    const answer = await fetch(this.serverUrl + path, { method: "POST", body: form, headers: this.headers() });
    if (!answer.ok) throw new Error(await refusal(answer));
    return answer.json();
  }

  /** Batch mode: all frames in one answer. */
  async fetchFrames(run, blob) {
    const answer = await this.upload("/process-sync", blob);
    if (run === this.run) this.frames = answer.frames;
  }

  /** WebSocket mode: frames come while the sound plays. */
  async openStream(run, blob, element) {
    const { session_id: session } = await this.upload("/process", blob);
    if (run !== this.run) return;
    const query = this.token ? `?token=${encodeURIComponent(this.token)}` : "";
    const socket = new WebSocket(`${this.wsUrl}/ws/${session}${query}`);
    this.socket = socket;
    await new Promise((resolve, reject) => {
      socket.onopen = resolve;
      socket.onerror = () => reject(new Error("The stream of frames could not be opened; check the server's address and its log."));
    });
    socket.onerror = null;
    socket.onmessage = (event) => this.take(run, JSON.parse(event.data));
    element.addEventListener("playing", () => socket.readyState === 1 && socket.send(`{"action":"start","lead_s":${A2F_LEAD_S}}`), {
      once: true,
    });
  }

  take(run, message) {
    if (run !== this.run) return;
    if (message.type === "frame") this.frames.push(message.data);
    else if (message.type === "error") this.emit("error", new Error(message.message));
  }

  async play(run, element, untilAtRest = true) {
    const ended = new Promise((resolve, reject) => {
      element.addEventListener("ended", resolve, { once: true });
      element.addEventListener("error", () => reject(new Error("The sound cannot be played.")), { once: true });
      this.abandon = resolve;
    });
    await element.play();
    this.setSpeaking(true);
    this.animate(run, element);
    await ended;
    if (run !== this.run) return;
    const resting = this.rest(run);
    if (untilAtRest) await resting;
  }

  animate(run, element) {
    let before = performance.now();
    const step = (now) => {
      if (run !== this.run || !this.isSpeaking) return;
      this.follow(element.currentTime, Math.max(now - before, 0) / 1000);
      before = now;
      requestAnimationFrame(step);
    };
    requestAnimationFrame(step);
  }

  /** Move toward the frame of a time on the sound's clock. */
  follow(timeS, elapsedS) {
    const frame = this.frameAt(timeS);
    if (!frame) return;
    const share = 1 - Math.pow(1 - this.smoothing, elapsedS * A2F_REFERENCE_HZ);
    for (const [name, target] of Object.entries(frame.blendshapes)) {
      const value = this.current[name] ?? 0;
      this.current[name] = value + (target * this.intensity - value) * share;
    }
    this.apply();
    this.emit("frame", frame);
  }

  /** The animation at a time, linear between frames; null before the first frame has come. */
  frameAt(timeS) {
    const frames = this.frames;
    let low = 0;
    let high = frames.length - 1;
    if (high < 0) return null;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (frames[middle].timestamp <= timeS) low = middle;
      else high = middle - 1;
    }
    const [a, b] = [frames[low], frames[low + 1]];
    if (!b || timeS <= a.timestamp) return a;
    const part = (timeS - a.timestamp) / (b.timestamp - a.timestamp);
    const blendshapes = {};
    for (const name of Object.keys(a.blendshapes)) {
      blendshapes[name] = a.blendshapes[name] + ((b.blendshapes[name] ?? 0) - a.blendshapes[name]) * part;
    }
    return { frame: a.frame, timestamp: timeS, blendshapes };
  }

  apply() {
    for (const { mesh, index, name } of this.targets) {
      const value = this.current[name];
      if (value !== undefined) mesh.morphTargetInfluences[index] = Math.min(Math.max(value, 0), 1);
    }
  }

  /** Ease back to neutral over 300 ms (cubic). */
  async rest(run) {
    this.setSpeaking(false);
    const from = { ...this.current };
    const begun = performance.now();
    await new Promise((resolve) => {
      const step = (now) => {
        if (run !== this.run) return resolve();
        const left = Math.pow(1 - Math.min(Math.max(now - begun, 0) / A2F_EASE_MS, 1), 3);
        for (const name of Object.keys(from)) this.current[name] = from[name] * left;
        this.apply();
        if (left > 0) requestAnimationFrame(step);
        else resolve();
      };
      requestAnimationFrame(step);
    });
    if (run === this.run) this.closeSocket();
  }

  setIntensity(value) {
    const number = Number(value);
    this.intensity = Math.min(Math.max(Number.isFinite(number) ? number : 1, 0.1), 2.0);
  }

  /** Stop following a sound; the face stays as it is. */
  stop() {
    this.run += 1;
    this.closeSocket();
    this.setSpeaking(false);
    if (this.abandon) this.abandon();
    this.abandon = null;
  }

  closeSocket() {
    if (this.socket) this.socket.close();
    this.socket = null;
  }

  /** Stop, and put the face to rest at once. */
  reset() {
    this.stop();
    this.setProcessing(false);
    this.frames = [];
    for (const name of Object.keys(this.current)) this.current[name] = 0;
    this.apply();
    this.current = {};
  }

  getDebugState() {
    return {
      isConnected: this.isConnected,
      isProcessing: this.isProcessing,
      isSpeaking: this.isSpeaking,
      serverUrl: this.serverUrl,
      intensity: this.intensity,
      smoothing: this.smoothing,
      useWebSocket: this.useWebSocket,
      frames: this.frames.length,
      targets: this.targets.length,
      meshes: new Set(this.targets.map((each) => each.mesh)).size,
      currentBlendshapes: { ...this.current },
    };
  }
}

/** A spelling without case and separators; sides as words. */
function plain(name) {
  return name
    .replace(/^.*\./, "")
    .replace(/_L$/, "Left")
    .replace(/_R$/, "Right")
    .replace(/_/g, "")
    .toLowerCase();
}

async function refusal(answer) {
  const body = await answer.json().catch(() => ({}));
  if (answer.status === 401) return "The server wants a token; configure({token}) gives it one.";
  return typeof body.detail === "string" ? body.detail : `The server refused with status ${answer.status}.`;
}

if (typeof window !== "undefined") window.Audio2FaceClient = Audio2FaceClient;
