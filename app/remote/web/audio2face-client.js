/**
 * Audio2FaceClient: drives ARKit morph targets of a three.js scene from a lip-sync server.
 *
 * The face follows the audio element's own clock: pausing, seeking and slow machines keep it in step, and the smoothing
 * gives the same motion at every display rate. Works with VisemeSync's bridge server and with `python -m app serve`, and stands in
 * for VisemeSync's client of the same name: what its pages read and call is here under the same names.
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
/** A shape that counts as active in the "frame" event, as VisemeSync counts. */
const A2F_ACTIVE = 0.05;
/** VisemeSync's port, and ours. */
const A2F_PORT = 8000;
/** A server that says nothing for so long stays silent. */
const A2F_SILENT_MS = 8000;
/** A full server is asked again when it says so, but not later than this, and so long in all. */
const A2F_LONGEST_BUSY_MS = 15000;
const A2F_BUSY_MS = 30000;
/** A sound that is prepared while another one plays has less time. */
const A2F_BRIEF_MS = 3000;
/** Waits before the frames that a lost stream still owes are asked for: a server that is exchanged is back within seconds. */
const A2F_AGAIN_MS = [100, 400, 800, 1600, 3200, 6400];
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
  /** Takes settings, as configure() does, or the server's address alone. */
  constructor(where = {}, options = {}) {
    this.serverUrl = `http://localhost:${A2F_PORT}`;
    this.wsUrl = `ws://localhost:${A2F_PORT}`;
    this.token = "";
    this.settings = { intensity: 1.0, smoothing: 0.3, useWebSocket: true };
    this.isConnected = false;
    this.label = ""; // what moves the face there, as the server calls it; a mock says so
    this.isProcessing = false;
    this.isSpeaking = false;
    this.callbacks = { processing: [], uploaded: [], busy: [], error: [], warning: [], frame: [], speaking: [] };
    this.arkitShapes = [...A2F_ARKIT];
    this.targets = []; // {mesh, index, name}: every morph target of an ARKit name on every mesh
    this.meshMappings = new Map(); // mesh -> {indices: {ARKit name: index}, influences}
    this.current = {}; // ARKit name -> weight that is shown now, before intensity
    this.frames = [];
    this.socket = null;
    this.currentSession = null;
    this.warning = ""; // what is wrong with the scene; "" when its face can be moved
    this.run = 0; // counts clips, so that what belongs to an older one is ignored
    const isAddress = typeof where === "string" || where instanceof URL;
    this.configure(isAddress ? { ...options, serverUrl: where } : (where ?? {}));
  }

  /** Change settings: serverUrl, intensity, smoothing, useWebSocket, token. */
  configure({ serverUrl, intensity, smoothing, useWebSocket, token } = {}) {
    if (serverUrl) {
      this.serverUrl = completeUrl(String(serverUrl));
      this.wsUrl = this.serverUrl.replace(/^http/, "ws");
    }
    if (intensity !== undefined) this.setIntensity(intensity);
    if (smoothing !== undefined) this.smoothing = Math.min(Math.max(Number(smoothing) || 0, 0.01), 1);
    if (useWebSocket !== undefined) this.useWebSocket = Boolean(useWebSocket);
    if (token !== undefined) this.token = String(token);
    return this;
  }

  // -- settings and state, also under the names that VisemeSync's pages use

  get intensity() {
    return this.settings.intensity;
  }

  set intensity(value) {
    this.settings.intensity = value;
  }

  get smoothing() {
    return this.settings.smoothing;
  }

  set smoothing(value) {
    this.settings.smoothing = value;
  }

  get useWebSocket() {
    return this.settings.useWebSocket;
  }

  set useWebSocket(value) {
    this.settings.useWebSocket = value;
  }

  get frameBuffer() {
    return this.frames;
  }

  set frameBuffer(frames) {
    this.frames = frames;
  }

  get currentValues() {
    return this.current;
  }

  get isAnimating() {
    return this.isSpeaking;
  }

  get ws() {
    return this.socket;
  }

  /**
   * Call back on "processing" (boolean), "uploaded" ({sessionId, frameCount, duration}), "busy" ({message, retryAfter}: a full server is
   * asked again), "error" (Error), "warning" ({message}: no mesh can be moved), "frame" (frame shown, with frameIndex and activeShapes)
   * and "speaking" (boolean). A warning that is there already is told at once.
   */
  on(event, callback) {
    if (typeof callback !== "function") return this;
    (this.callbacks[event] ??= []).push(callback);
    if (event === "warning" && this.warning) callback({ message: this.warning });
    return this;
  }

  /** Stop calling back. */
  off(event, callback) {
    if (this.callbacks[event]) this.callbacks[event] = this.callbacks[event].filter((each) => each !== callback);
    return this;
  }

  emit(event, value) {
    for (const callback of this.callbacks[event] ?? []) callback(value);
  }

  /** Why the browser will not let this page talk to the server; "" when it will. */
  mixedContentProblem() {
    if (typeof location === "undefined" || location.protocol !== "https:" || !this.serverUrl.startsWith("http://")) return "";
    if (this.isNear()) return "";
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
      const answer = await fetch(`${this.serverUrl}/health`, { headers: this.headers(), signal: AbortSignal.timeout?.(A2F_SILENT_MS) });
      if (!answer.ok) throw new Error(await refusal(answer, this.token));
      const health = await answer.json().catch(() => null);
      if (typeof health?.status !== "string") throw new Error(stranger(this.serverUrl));
      this.isConnected = true;
      this.label = health.label ?? "";
      return { connected: true, ...health };
    } catch (error) {
      this.isConnected = false;
      return { connected: false, error: await this.sentence(error) };
    }
  }

  /** As checkConnection, but what is wrong is thrown. */
  async connect() {
    const status = await this.checkConnection();
    if (!status.connected) throw new Error(status.error);
    return status;
  }

  /** One sentence for people: what is wrong and what to do. A browser does not say why it could not fetch, so what can be told is found out. */
  async sentence(error) {
    if (error.name === "TimeoutError") {
      return (
        `The server ${this.serverUrl} stays silent, as when a firewall is in the way; let its port (usually ${A2F_PORT}) through, or expose it ` +
        `where the machine is rented, and try curl ${this.serverUrl}/health.`
      );
    }
    if (!(error instanceof TypeError)) return error.message;
    if (typeof navigator !== "undefined" && navigator.onLine === false && !this.isNear()) {
      return `The server ${this.serverUrl} cannot be reached; this computer is offline, connect it to the network.`;
    }
    const blind = { mode: "no-cors", signal: AbortSignal.timeout?.(A2F_SILENT_MS) };
    const answers = await fetch(`${this.serverUrl}/v1/health/ready`, blind).then(() => true, () => false);
    if (answers) {
      const origin = typeof location === "undefined" ? "this page" : location.origin;
      return `The server ${this.serverUrl} answers, but not to pages of ${origin}; start it with --cors ${origin}.`;
    }
    const port = `check its address and port (usually ${A2F_PORT}) and its firewall`;
    if (!this.serverUrl.startsWith("https:")) return `The server ${this.serverUrl} cannot be reached; start it, or ${port}.`;
    return (
      `The server ${this.serverUrl} cannot be reached; start it, ${port}, and if it signed its certificate itself, open ` +
      `${this.serverUrl}/health in a tab once and accept it.`
    );
  }

  isNear() {
    return /^https?:\/\/(localhost|127\.\d+\.\d+\.\d+|\[::1\])(:|\/|$)/.test(this.serverUrl);
  }

  /** Find every mesh with ARKit morph targets; returns whether there is any. */
  initializeWithScene(scene) {
    this.targets = [];
    this.meshMappings.clear();
    const known = new Map(A2F_ARKIT.map((name) => [plain(name), name]));
    const others = new Set();
    scene?.traverse((mesh) => {
      if (!mesh.morphTargetDictionary || !mesh.morphTargetInfluences) return;
      const indices = {};
      for (const [spelling, index] of Object.entries(mesh.morphTargetDictionary)) {
        const name = known.get(plain(spelling));
        if (!name) others.add(spelling);
        else {
          this.targets.push({ mesh, index, name });
          indices[name] ??= index;
        }
      }
      if (Object.keys(indices).length) this.meshMappings.set(mesh, { indices, influences: mesh.morphTargetInfluences });
    });
    this.warning = "";
    if (!this.targets.length) this.warn(withoutShapes([...others]));
    return this.targets.length > 0;
  }

  warn(message) {
    this.warning = message;
    console.warn(`Audio2FaceClient: ${message}`);
    this.emit("warning", { message });
  }

  /** Have the server animate a sound, play the element and move the face with it; resolves when the sound has ended. */
  async processAndAnimate(audio, element) {
    const run = this.begin();
    if (!this.targets.length) this.warn(this.warning || withoutShapes([]));
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
      const told = new Error(await this.sentence(error));
      if (run !== this.run) return;
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
      return (await this.upload("/process-sync", blob, () => true, A2F_BRIEF_MS)).frames;
    } catch (error) {
      throw new Error(await this.sentence(error));
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

  /** Send a sound; a full server is asked again when it says so, as long as the sound is wanted. */
  async upload(path, blob, wanted = () => true, patienceMs = A2F_BUSY_MS) {
    const giveUp = performance.now() + patienceMs;
    for (;;) {
      const form = new FormData();
      form.append("audio", blob, "speech.wav");
      const answer = await fetch(this.serverUrl + path, { method: "POST", body: form, headers: this.headers() });
      if (answer.ok) return answer.json();
      const message = await refusal(answer, this.token);
      const waitMs = busyWait(answer);
      if (waitMs === null || !wanted() || performance.now() + waitMs > giveUp) throw new Error(message);
      this.emit("busy", { message, retryAfter: waitMs / 1000 });
      await pause(waitMs);
      if (!wanted()) throw new Error(message);
    }
  }

  /** Batch mode: all frames in one answer. */
  async fetchFrames(run, blob) {
    const answer = await this.upload("/process-sync", blob, () => run === this.run);
    if (run === this.run) this.frames = answer.frames;
  }

  /** WebSocket mode: frames come while the sound plays. */
  async openStream(run, blob, element) {
    const made = await this.upload("/process", blob, () => run === this.run);
    if (run !== this.run) return;
    this.currentSession = made.session_id;
    this.emit("uploaded", { status: "uploaded", sessionId: made.session_id, frameCount: made.frame_count, duration: made.duration_sec });
    const query = this.token ? `?token=${encodeURIComponent(this.token)}` : "";
    const socket = new WebSocket(`${this.wsUrl}/ws/${made.session_id}${query}`);
    this.socket = socket;
    const opened = await new Promise((resolve) => {
      socket.onopen = () => resolve(true);
      socket.onerror = () => resolve(false);
      setTimeout(() => resolve(false), A2F_SILENT_MS);
    });
    if (run !== this.run) return;
    if (!opened) {
      // something on the way lets no WebSockets through: all frames at once then
      this.closeSocket();
      await this.fetchFrames(run, blob);
      return;
    }
    let complete = false;
    socket.onerror = null;
    socket.onmessage = (event) => {
      const message = JSON.parse(event.data);
      complete ||= message.type === "complete";
      this.take(run, message);
    };
    socket.onclose = () => !complete && run === this.run && socket === this.socket && this.recover(run, blob);
    element.addEventListener("playing", () => socket.readyState === 1 && socket.send(`{"action":"start","lead_s":${A2F_LEAD_S}}`), {
      once: true,
    });
  }

  /** The stream was cut, as when its server stops: take all frames from the one that answers now. None is missed or shown twice. */
  async recover(run, blob) {
    this.socket = null;
    let lost = new Error("The stream of frames was lost, and its server does not come back; start it again.");
    for (const waitMs of A2F_AGAIN_MS) {
      await pause(waitMs);
      if (run !== this.run) return;
      try {
        await this.fetchFrames(run, blob);
        return;
      } catch (error) {
        lost = error;
      }
    }
    if (run === this.run) this.emit("error", new Error(await this.sentence(lost)));
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
    for (const name of ["playsinline", "webkit-playsinline"]) element.setAttribute?.(name, ""); // or iOS shows the sound full-screen
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
    const activeShapes = Object.values(this.current).filter((value) => value > A2F_ACTIVE).length;
    this.emit("frame", { ...frame, frameIndex: frame.frame, activeShapes });
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
    const socket = this.socket;
    this.socket = null;
    if (socket) socket.close();
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
      connected: this.isConnected,
      animating: this.isAnimating,
      bufferedFrames: this.frames.length,
      meshCount: this.meshMappings.size,
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

/** An address as people and VisemeSync write it: with or without a scheme, ws:// too. */
function completeUrl(text) {
  const url = text.trim().replace(/\/+$/, "").replace(/^ws(s?):\/\//, "http$1://");
  return /^https?:\/\//.test(url) ? url : `http://${url}`;
}

/** Why no face moves. */
function withoutShapes(others) {
  const found = others.length ? `its meshes have ${others.slice(0, 4).join(", ")}${others.length > 4 ? ", …" : ""} instead` : "none of its meshes has morph targets";
  return (
    `The scene has no ARKit blendshapes such as jawOpen (${found}), so the face will not move; load the avatar before initializeWithScene(), ` +
    "or take one with ARKit blendshapes."
  );
}

function stranger(url) {
  return `${url} answers, but not as a lip-sync server; check its address and port (usually ${A2F_PORT}).`;
}

/** Milliseconds until a full server wants to be asked again; null where that is no use. */
function busyWait(answer) {
  if (answer.status !== 503 && answer.status !== 429) return null;
  const seconds = Number(answer.headers.get("Retry-After") ?? NaN);
  if (!Number.isFinite(seconds) && answer.status === 429) return null;
  return Math.min((Number.isFinite(seconds) ? Math.max(seconds, 0.5) : 2) * 1000, A2F_LONGEST_BUSY_MS);
}

function pause(milliseconds) {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}

async function refusal(answer, token) {
  const body = await answer.json().catch(() => ({}));
  if (answer.status === 401 && token) return "The server refuses this token; copy it again from where the server was started.";
  if (answer.status === 401) return "The server wants a token; configure({token}) gives it one.";
  if (typeof body.detail === "string" && answer.status !== 404) return body.detail;
  if ([502, 503, 504].includes(answer.status)) {
    return `A proxy answers (status ${answer.status}), but nobody behind it; see that the machine runs and that the server listens on port ${A2F_PORT}.`;
  }
  return answer.status === 404 || answer.status === 405 ? stranger(new URL(answer.url).origin) : `The server refused with status ${answer.status}.`;
}

if (typeof window !== "undefined") window.Audio2FaceClient = Audio2FaceClient;
