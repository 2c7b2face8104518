/**
 * AzureServicesA2F: a conversation in the browser whose face is moved by an Audio2Face server.
 *
 * It has the methods and events of VisemeSync's AzureServicesViseme, so that a page can take it in its place. Every step works with
 * Azure where a key was given, and with a stand-in that is labelled as such where none was: the server's embedded voice, its scripted
 * persona, and the browser's own recogniser. Keys stay in this object; only remember() puts them into the tab's session storage.
 *
 * Classic script, after audio2face-client.js: sets window.AzureServicesA2F.
 * ES module: import { AzureServicesA2F } from "./azure-services-a2f.mjs", and give its constructor an Audio2FaceClient.
 */
"use strict";

const A2F_TALK = {
  store: "azure-services-a2f",
  lastMessages: 10, // that a model is told, as in VisemeSync
  maxTokens: 500,
  temperature: 0.7,
  silenceMs: 20000, // of a service, before it is given up
  earlyCharacters: 25, // a first clause as long as this is spoken before its sentence has ended
  hearingRate: 16000,
  pauseS: 0.8, // of the user, after which an utterance is over
  longestS: 55, // of an utterance; Azure's short recognition takes 60 s
  fps: 30, // of frames that are made from visemes
  blendS: 0.08, // from one viseme to the next
};
/** Azure's viseme IDs 0-21 as ARKit weights, for avatars and pages that have no viseme mapper. */
const A2F_VISEME_SHAPES = (() => {
  const open = (jaw, more = {}) => ({ jawOpen: jaw, ...more });
  const wide = (jaw, by) => open(jaw, { mouthStretchLeft: by, mouthStretchRight: by });
  const round = (jaw, funnel, pucker) => open(jaw, { mouthFunnel: funnel, mouthPucker: pucker });
  return [
    {}, open(0.35), open(0.45), round(0.35, 0.35, 0.1), wide(0.25, 0.15), round(0.2, 0.2, 0.1), wide(0.12, 0.3), round(0.1, 0.3, 0.6),
    round(0.25, 0.4, 0.3), open(0.4), round(0.3, 0.35, 0.2), open(0.4), open(0.2), round(0.12, 0.25, 0.15), open(0.15),
    wide(0.05, 0.2), round(0.08, 0.45, 0.1), open(0.12, { tongueOut: 0.15 }), open(0.06, { mouthRollLower: 0.4 }), open(0.12), open(0.15),
    open(0, { mouthClose: 0.05, mouthPressLeft: 0.4, mouthPressRight: 0.4 }),
  ];
})();
const A2F_SHORT_WORDS = /(?:^|[\s("'])(?:mr|mrs|ms|dr|prof|st|vs|etc|no|fig|approx|[A-Z]|(?:[a-z]\.)+[a-z])$/i;

/** Cuts an answer into sentences while it comes; the first clause may go early. */
class A2FSentences {
  constructor() {
    this.held = "";
    this.any = false;
  }

  push(delta) {
    this.held += delta;
    const found = [];
    for (let end = this.end(); end > 0; end = this.end()) {
      found.push(this.held.slice(0, end));
      this.held = this.held.slice(end);
      this.any = true;
    }
    return found;
  }

  rest() {
    const held = this.held;
    this.held = "";
    return held ? [held] : [];
  }

  /** Where the first sentence ends; 0 while that is not known. */
  end() {
    for (const mark of this.held.matchAll(/[.!?…]+["'”’)\]*_]*(?=[^\S\n]+\S)|[。！？]+[”」』）]*(?=[^。！？”」』）])|\n|[,;:—–](?=\s)/g)) {
      const before = this.held.slice(0, mark.index);
      const end = mark.index + mark[0].length;
      if (/^[,;:—–]/.test(mark[0])) {
        if (this.any || before.trim().length < A2F_TALK.earlyCharacters) continue;
      } else if (/^\.(?!\.)/.test(mark[0])) {
        if (A2F_SHORT_WORDS.test(before) || /(?:^|\n)\s*\d{1,3}$/.test(before) || /^\s+\p{Ll}/u.test(this.held.slice(end))) continue;
      }
      if (a2fSpeakable(this.held.slice(0, end))) return end;
    }
    return 0;
  }
}

/** Written text as it can be spoken: without markdown, code, links and emoji; "" for nothing. */
function a2fSpeakable(text) {
  const plainText = text
    .replace(/```[\s\S]*?(?:```|$)/g, " ")
    .replace(/!?\[([^\]\n]*)\]\([^)\s]*\)/g, "$1")
    .replace(/https?:\/\/(?:www\.)?([\w.-]*\w)[^\s)]*/g, "$1")
    .replace(/^[ \t]*(?:#{1,6}|>|[-*+•])[ \t]+/gm, "")
    .replace(/\*{1,3}(?=\S)|(?<=\S)\*{1,3}|`+|~~|__/g, "")
    .replace(/[\p{Extended_Pictographic}\u{1F3FB}-\u{1F3FF}\u{FE0F}\u{200D}\u{20E3}]/gu, (sign) => ("©®™".includes(sign) ? sign : ""))
    .replace(/\s+/g, " ")
    .trim();
  return /[\p{L}\p{N}]/u.test(plainText) ? plainText : "";
}

class AzureServicesA2F {
  constructor(client) {
    this.client = client ?? new window.Audio2FaceClient();
    this.config = {
      speech: { key: "", token: "", region: "", language: "en-US", ttsEndpoint: "", sttEndpoint: "" },
      openai: { endpoint: "", key: "", deployment: "" },
      voice: { name: "en-US-AndrewMultilingualNeural", rate: 1.0, embedded: "" },
      systemPrompt: "You are a friendly assistant. Keep responses brief and conversational.",
    };
    this.callbacks = {};
    this.conversationHistory = [];
    this.isConfigured = this.isListening = this.isSpeaking = false;
    this.visemeEnabled = false; // true: visemes move the face, and Audio2Face does not
    this.visemeIntensity = 1.0;
    this.lane = "";
    this.turn = null;
    this.dropped = new Set(); // parameters that the deployment does not take
    this.ears = null;
    this.connecting = null;
  }

  // -- set up

  /** Call back on status, error, transcript, listening, thinking, delta, response, speaking, audioReady, viseme, lane and latency. */
  on(event, callback) {
    (this.callbacks[event] ??= []).push(callback);
    return this;
  }

  emit(event, data) {
    for (const callback of this.callbacks[event] ?? []) callback(data);
  }

  /** Take keys and choices: speech, openai, voice, systemPrompt, a2f (of the client). Returns whether one can talk now. */
  configure({ speech, openai, voice, systemPrompt, a2f } = {}) {
    Object.assign(this.config.speech, speech);
    Object.assign(this.config.openai, openai);
    Object.assign(this.config.voice, voice);
    if (systemPrompt) this.config.systemPrompt = systemPrompt;
    if (a2f) this.client.configure(a2f);
    const { endpoint, deployment } = this.config.openai;
    if (endpoint && !deployment && !/\/deployments\/[^/]+/.test(endpoint)) {
      this.emit("error", { message: "The chat needs the name of a deployment; give the one on the page Deployments of your resource." });
      return false;
    }
    this.dropped.clear();
    this.isConfigured = true;
    const { chat, voice: speaker, recogniser } = this.describe();
    this.emit("status", { status: "connected", message: `${chat} · ${speaker} · ${recogniser}` });
    this.connecting = this.client.checkConnection();
    if (!this.hasSpeech()) this.voices().catch(() => {}); // the server's voice is loaded before it is needed
    return true;
  }

  /** Who does what; stand-ins say so. */
  describe() {
    const { speech, openai, voice } = this.config;
    const own = Boolean(window.SpeechRecognition ?? window.webkitSpeechRecognition);
    return {
      chat: openai.endpoint ? `${this.chatAddress().model}` : "Scripted persona (no key)",
      voice: this.hasSpeech() ? voice.name : "Embedded voice of the server (no key)",
      recogniser: this.hasSpeech() ? `Azure (${speech.language})` : own ? "The browser's recogniser (may use its maker's service)" : "Typed text only",
    };
  }

  hasSpeech() {
    const { key, token, region, ttsEndpoint } = this.config.speech;
    return Boolean((key || token) && (region || ttsEndpoint));
  }

  /** Keep the settings, keys too, until this tab is closed. */
  remember() {
    sessionStorage.setItem(A2F_TALK.store, JSON.stringify(this.config));
  }

  /** Take up what remember() kept; returns whether there was anything. */
  recall() {
    const kept = sessionStorage.getItem(A2F_TALK.store);
    return kept !== null && this.configure(JSON.parse(kept));
  }

  forget() {
    sessionStorage.removeItem(A2F_TALK.store);
  }

  updateVoiceSettings(voiceName, rate) {
    Object.assign(this.config.voice, { name: voiceName, rate });
  }

  setVisemeIntensity(intensity) {
    this.visemeIntensity = Math.max(0.3, Math.min(1.5, intensity));
  }

  /** Have visemes move the face instead of Audio2Face; also while it speaks. */
  setVisemeEnabled(enabled) {
    this.visemeEnabled = enabled;
    if (!enabled && window.VisemeMapper) window.VisemeMapper.reset();
    if (this.turn?.piece) this.client.frames = this.framesOf(this.turn.piece);
  }

  clearHistory() {
    this.stop();
    this.conversationHistory = [];
  }

  getDebugState() {
    return {
      isListening: this.isListening,
      isSpeaking: this.isSpeaking,
      visemeEnabled: this.visemeEnabled,
      lane: this.lane,
      totalVisemes: this.turn?.piece?.visemes.length ?? 0,
      currentViseme: this.turn?.piece?.shown ?? 0,
      messages: this.conversationHistory.length,
      ...this.describe(),
      a2f: this.client.getDebugState(),
    };
  }

  // -- a turn

  /** Ask the model and speak its answer while the rest of it still comes; resolves with its text, null where there is none. */
  async processMessage(userText) {
    const text = userText.trim();
    if (!text) return null;
    if (!this.isConfigured && !this.configure()) return null;
    const turn = this.begin();
    this.conversationHistory.push({ role: "user", content: text });
    this.emit("thinking", true);
    try {
      await this.callOpenAI((delta) => this.hearDelta(turn, delta), turn.abort.signal);
      if (!turn.text.trim()) throw new Error("The model gave an empty answer; ask again in other words.");
    } catch (error) {
      if (turn !== this.turn) return null;
      turn.failed = error;
    }
    for (const sentence of turn.cutter.rest()) this.say(turn, sentence);
    this.emit("thinking", false);
    if (turn.text) this.emit("response", turn.text);
    if (turn.failed) this.emit("error", { message: turn.failed.message });
    await turn.played;
    if (turn !== this.turn) return null;
    this.ended(turn);
    return turn.failed ? null : turn.text;
  }

  /** Speak a text; resolves when it was heard. */
  async speak(text) {
    const turn = this.begin();
    for (const sentence of [...turn.cutter.push(text), ...turn.cutter.rest()]) this.say(turn, sentence);
    await turn.played;
    if (turn === this.turn) this.ended(turn);
  }

  begin() {
    this.stop();
    const ready = Promise.resolve();
    this.turn = {
      abort: new AbortController(), cutter: new A2FSentences(), begun: performance.now(), times: {}, text: "", heard: "", line: null,
      ready, played: ready, piece: null, element: null,
    };
    return this.turn;
  }

  hearDelta(turn, delta) {
    if (turn !== this.turn) return;
    this.reach(turn, "firstToken");
    if (!turn.line) {
      turn.line = { role: "assistant", content: "" };
      this.conversationHistory.push(turn.line);
    }
    turn.text += delta;
    turn.line.content = turn.text;
    this.emit("delta", delta);
    for (const sentence of turn.cutter.push(delta)) this.say(turn, sentence);
  }

  /** Have a sentence made while the ones before it play. */
  say(turn, sentence) {
    const text = a2fSpeakable(sentence);
    const made = turn.ready.then(() => (text && turn === this.turn ? this.piece(turn, text) : null));
    turn.ready = made.catch(() => {});
    turn.played = turn.played.then(async () => {
      if (turn !== this.turn || turn.mute) return;
      try {
        const piece = await made;
        if (piece && turn === this.turn) await this.play(turn, piece);
        if (turn === this.turn) turn.heard += sentence;
      } catch (error) {
        if (turn !== this.turn) return;
        turn.mute = true;
        this.emit("error", { message: error.message });
      }
    });
  }

  /** The sound of a sentence and what moves the face with it. */
  async piece(turn, text) {
    const { blob, visemes } = await this.synthesizeAudio(text, turn.abort.signal);
    const piece = { text, blob, visemes, frames: null, shown: 0, shapes: visemes.length ? a2fFramesOfVisemes(visemes) : [] };
    try {
      await this.connecting;
      piece.frames = await this.client.prepare(blob);
    } catch (error) {
      piece.problem = error.message; // the sound never waits for the face: visemes take over, and that is said
    }
    return piece;
  }

  /** Which frames move the face now: Audio2Face's, or those of visemes; the lane is told when it changes. */
  framesOf(piece) {
    const byVisemes = this.visemeEnabled || !piece.frames;
    const lane = !byVisemes ? "a2f" : piece.visemes.length ? "visemes" : "none";
    if (lane !== this.lane) {
      this.lane = lane;
      const lost = piece.problem ? `Audio2Face is lost (${piece.problem}) ` : "";
      const words = {
        a2f: `Face: ${this.client.label || "Audio2Face"}`,
        visemes: `${lost}Face: visemes`,
        none: `${lost}Face: at rest, for this voice sends no visemes; the sound goes on`,
      };
      this.emit("lane", { lane, message: words[lane] });
    }
    if (lane === "a2f") return piece.frames;
    return lane === "visemes" && !window.VisemeMapper ? piece.shapes : [];
  }

  async play(turn, piece) {
    const url = URL.createObjectURL(piece.blob);
    const element = new Audio(url);
    Object.assign(turn, { piece, element });
    this.emit("audioReady", { audioBlob: piece.blob, audioElement: element, visemeQueue: piece.visemes });
    element.addEventListener("playing", () => {
      this.reach(turn, "firstSound");
      this.setSpeaking(true);
      this.tellVisemes(turn, piece, element);
    });
    try {
      await this.client.playFrames(this.framesOf(piece), element);
    } finally {
      URL.revokeObjectURL(url);
      turn.piece = turn.element = null;
    }
  }

  /** Events of visemes in step with the sound, for pages that show them, and for VisemeSync's mapper where it moves the face. */
  tellVisemes(turn, piece, element) {
    const step = () => {
      if (turn.piece !== piece || element.ended) return;
      const elapsed = element.currentTime * 1000;
      for (; piece.shown < piece.visemes.length && piece.visemes[piece.shown].audioOffset <= elapsed; piece.shown++) {
        const { visemeId } = piece.visemes[piece.shown];
        if (this.lane === "visemes" && window.VisemeMapper) window.VisemeMapper.blendToViseme(visemeId, 0.4, this.visemeIntensity);
        this.emit("viseme", { visemeId, index: piece.shown, total: piece.visemes.length, elapsed: elapsed.toFixed(0) });
      }
      requestAnimationFrame(step);
    };
    requestAnimationFrame(step);
  }

  /** Stop the answer at once; the model believes that it said what was heard. */
  stop() {
    const turn = this.turn;
    this.turn = null;
    if (!turn) return;
    turn.abort.abort();
    if (turn.element) {
      turn.element.pause();
      const share = turn.element.duration ? turn.element.currentTime / turn.element.duration : 0;
      const words = turn.piece.text.split(" ");
      turn.heard += words.slice(0, Math.floor(words.length * share)).join(" ");
    }
    this.client.stop();
    this.client.rest(this.client.run);
    if (turn.line) {
      turn.line.content = turn.heard.trim();
      if (!turn.line.content) this.conversationHistory = this.conversationHistory.filter((line) => line !== turn.line);
    }
    this.emit("thinking", false);
    this.setSpeaking(false);
  }

  ended(turn) {
    this.turn = null;
    this.setSpeaking(false);
    this.emit("latency", turn.times);
  }

  reach(turn, stage) {
    turn.times[stage] ??= Math.round(performance.now() - turn.begun);
  }

  setSpeaking(on) {
    if (on === this.isSpeaking) return;
    this.isSpeaking = on;
    this.emit("speaking", on);
  }

  // -- who answers

  /** Where the chat is asked, and as whom. */
  chatAddress() {
    const { endpoint, key, deployment } = this.config.openai;
    if (!endpoint) return { url: `${this.client.serverUrl}/v1/chat/completions`, model: "scripted", headers: this.client.headers() };
    const pasted = endpoint.trim().replace(/[?#].*$/, "").replace(/\/+$/, "");
    const named = /\/openai\/deployments\/([^/]+)/.exec(pasted);
    const host = /^https?:\/\/[^/]+/.exec(pasted)?.[0] ?? `https://${pasted.split("/")[0]}`;
    const azure = /\.azure\.(com|us|cn)$/.test(host) || named;
    const base = azure ? `${host}/openai/v1` : pasted.replace(/\/chat\/completions$/, "");
    const headers = key ? (azure ? { "api-key": key } : { Authorization: `Bearer ${key}` }) : {};
    return { url: `${base}/chat/completions`, model: deployment || decodeURIComponent(named?.[1] ?? ""), headers };
  }

  /** Ask the model; resolves with the answer's text, whose pieces were given away as they came. */
  async callOpenAI(onDelta = () => {}, signal = undefined) {
    const messages = [{ role: "system", content: this.config.systemPrompt }, ...this.conversationHistory.slice(-A2F_TALK.lastMessages)];
    let answer = null;
    for (let round = 0; round < 4 && !answer; round++) answer = await this.askOnce(messages, signal);
    if (!answer) throw new Error("The deployment refuses one parameter after the other; use another one.");
    let text = "";
    let finish = "";
    for await (const chunk of a2fEvents(answer, signal)) {
      if (chunk.error) throw new Error("The chat service broke the answer off; ask again.");
      const choice = chunk.choices?.[0]; // Azure's first chunk has none, and a delta may be null
      finish = choice?.finish_reason ?? finish;
      const delta = choice?.delta?.content;
      if (delta) {
        text += delta;
        onDelta(delta);
      }
    }
    if (finish === "content_filter") throw new Error("The content filter of the service ended the answer; ask in other words.");
    if (!finish) throw new Error("The connection was lost in the middle of the answer; ask again.");
    return text;
  }

  /** Ask once; null when a parameter was refused that is left out the next time. */
  async askOnce(messages, signal) {
    const { url, model, headers } = this.chatAddress();
    const limit = this.dropped.has("max_tokens") ? "max_completion_tokens" : "max_tokens";
    const optional = { temperature: A2F_TALK.temperature, [limit]: A2F_TALK.maxTokens };
    for (const name of this.dropped) delete optional[name];
    const answer = await a2fFetch(url, {
      method: "POST", signal, headers: { "Content-Type": "application/json", ...headers },
      body: JSON.stringify({ model, messages, stream: true, ...optional }),
    }, "chat service");
    if (answer.ok) return answer;
    const { error } = await answer.json().catch(() => ({}));
    const refused = answer.status === 400 && Object.keys(optional).find((name) => name === error?.param || error?.message?.includes(`'${name}'`));
    if (!refused) throw new Error(a2fRefusal("chat service", answer, error, model));
    this.dropped.add(refused);
    return null;
  }

  // -- who speaks

  /** Have a text spoken: {blob, visemes: [{visemeId, audioOffset in ms}]}. */
  async synthesizeAudio(text, signal = undefined) {
    if (!this.hasSpeech()) return this.embeddedAudio(text, signal);
    return this.usesSdk(this.config.speech.ttsEndpoint) ? this.sdkAudio(text, signal) : this.restAudio(text, signal);
  }

  /** Whether Azure's SDK for JavaScript is asked: where the page has loaded it, but for addresses of the REST routes. */
  usesSdk(endpoint) {
    return typeof SpeechSDK !== "undefined" && !endpoint.startsWith("http");
  }

  async embeddedAudio(text, signal) {
    const { embedded, rate } = this.config.voice;
    const answer = await a2fFetch(`${this.client.serverUrl}/speech`, {
      method: "POST", signal, headers: { "Content-Type": "application/json", Accept: "application/json", ...this.client.headers() },
      body: JSON.stringify({ text, voice: embedded, speed: Math.min(Math.max(rate, 0.5), 2) }),
    }, "server's voice");
    const said = await answer.json().catch(() => ({}));
    if (!answer.ok) throw new Error(typeof said.detail === "string" ? said.detail : `The server's voice refused with status ${answer.status}.`);
    const bytes = Uint8Array.from(atob(said.audio), (character) => character.charCodeAt(0));
    return { blob: new Blob([bytes], { type: "audio/wav" }), visemes: said.visemes };
  }

  /** The server's voices: [{id, name, language, gender}]; voice.embedded chooses one by its id. */
  async voices() {
    const answer = await a2fFetch(`${this.client.serverUrl}/voices`, { headers: this.client.headers() }, "server's voice");
    return answer.ok ? (await answer.json()).voices : [];
  }

  speechHeaders() {
    const { key, token } = this.config.speech;
    return token ? { Authorization: `Bearer ${token}` } : { "Ocp-Apim-Subscription-Key": key };
  }

  async restAudio(text, signal) {
    const { region, ttsEndpoint } = this.config.speech;
    const answer = await a2fFetch(ttsEndpoint || `https://${region}.tts.speech.microsoft.com/cognitiveservices/v1`, {
      method: "POST", signal, body: this.buildSSML(text),
      headers: {
        "Content-Type": "application/ssml+xml", "X-Microsoft-OutputFormat": "riff-24khz-16bit-mono-pcm", ...this.speechHeaders(),
      },
    }, "Speech service");
    if (!answer.ok) throw new Error(a2fRefusal("Speech service", answer, null, this.config.voice.name));
    return { blob: new Blob([await answer.arrayBuffer()], { type: "audio/wav" }), visemes: [] };
  }

  /** Through Azure's SDK for JavaScript where the page has loaded it: then visemes come with the sound. */
  sdkAudio(text, signal) {
    const synthesizer = new SpeechSDK.SpeechSynthesizer(this.sdkConfig(this.config.speech.ttsEndpoint), null);
    const visemes = [];
    synthesizer.visemeReceived = (_, event) => visemes.push({ visemeId: event.visemeId, audioOffset: event.audioOffset / 10000 });
    return new Promise((resolve, reject) => {
      let open = true;
      const close = () => {
        if (open) synthesizer.close();
        open = false;
      };
      signal?.addEventListener("abort", () => (close(), reject(new Error("It was interrupted."))));
      const done = (result) => {
        close();
        if (result.reason !== SpeechSDK.ResultReason.SynthesizingAudioCompleted) {
          reject(new Error("The Speech service did not speak; check its key, its region and the voice."));
        } else resolve({ blob: new Blob([result.audioData], { type: "audio/wav" }), visemes });
      };
      synthesizer.speakSsmlAsync(this.buildSSML(text), done, () => done({}));
    });
  }

  sdkConfig(endpoint) {
    const { key, token, region, language } = this.config.speech;
    const make = SpeechSDK.SpeechConfig;
    const config = endpoint ? make.fromEndpoint(new URL(endpoint), key) : token ? make.fromAuthorizationToken(token, region) : make.fromSubscription(key, region);
    config.speechRecognitionLanguage = language;
    config.speechSynthesisOutputFormat = SpeechSDK.SpeechSynthesisOutputFormat.Riff24Khz16BitMonoPcm;
    return config;
  }

  buildSSML(text) {
    const { name, rate } = this.config.voice;
    const percent = Math.round((rate - 1.0) * 100);
    const escape = (words) => words.replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/>/g, "&gt;").replace(/"/g, "&quot;");
    const language = /^[a-z]{2,3}-[A-Za-z]+/.exec(name)?.[0] ?? "en-US";
    return (
      `<speak version="1.0" xmlns="http://www.w3.org/2001/10/synthesis" xmlns:mstts="http://www.w3.org/2001/mstts" xml:lang="${language}">` +
      `<voice name="${escape(name)}"><mstts:viseme type="redlips_front"/>` +
      `<prosody rate="${percent >= 0 ? "+" : ""}${percent}%">${escape(text)}</prosody></voice></speak>`
    );
  }

  // -- who listens

  /** Listen until stopListening(); what is understood comes as transcript events, and speaking stops the avatar. */
  async startListening() {
    if (this.isListening) return false;
    try {
      const Recogniser = window.SpeechRecognition ?? window.webkitSpeechRecognition;
      if (this.hasSpeech() && this.usesSdk(this.config.speech.sttEndpoint)) this.ears = await this.sdkEars();
      else if (this.hasSpeech()) this.ears = await A2FEars.open((wav) => this.recognise(wav), () => this.stop());
      else if (Recogniser) this.ears = this.browserEars(new Recogniser());
      else throw new Error("This browser cannot recognise speech; give a Speech key, or type.");
    } catch (error) {
      const denied = error.name === "NotAllowedError" || error.name === "NotFoundError";
      this.emit("error", { message: denied ? "The microphone cannot be used; allow it for this page, or type." : error.message });
      return false;
    }
    this.isListening = true;
    this.emit("listening", true);
    return true;
  }

  /** Stop listening; what was said until now is still understood. */
  async stopListening() {
    const ears = this.ears;
    this.ears = null;
    if (!ears) return;
    this.isListening = false;
    this.emit("listening", false);
    await ears.close();
  }

  transcript(text, isFinal) {
    if (!text) return;
    if (this.isSpeaking) this.stop();
    this.emit("transcript", { text, isFinal });
  }

  async recognise(wav) {
    const { region, language, sttEndpoint } = this.config.speech;
    const path = "/speech/recognition/conversation/cognitiveservices/v1";
    const url = `${sttEndpoint || `https://${region}.stt.speech.microsoft.com${path}`}?language=${encodeURIComponent(language)}&format=simple`;
    try {
      const headers = { "Content-Type": `audio/wav; codecs=audio/pcm; samplerate=${A2F_TALK.hearingRate}`, ...this.speechHeaders() };
      const answer = await a2fFetch(url, { method: "POST", headers, body: wav }, "Speech service");
      if (!answer.ok) throw new Error(a2fRefusal("Speech service", answer, null, language));
      const heard = await answer.json();
      if (heard.RecognitionStatus === "Success") this.transcript(heard.DisplayText, true);
    } catch (error) {
      this.emit("error", { message: error.message });
    }
  }

  async sdkEars() {
    const recognizer = new SpeechSDK.SpeechRecognizer(this.sdkConfig(this.config.speech.sttEndpoint), SpeechSDK.AudioConfig.fromDefaultMicrophoneInput());
    recognizer.recognizing = (_, event) => this.transcript(event.result.text, false);
    recognizer.recognized = (_, event) => this.transcript(event.result.text, true);
    recognizer.canceled = (_, event) => event.errorDetails && this.emit("error", { message: "Azure's recognition ended; listen again." });
    await new Promise((resolve, reject) => recognizer.startContinuousRecognitionAsync(resolve, (words) => reject(new Error(words))));
    return { close: () => new Promise((resolve) => recognizer.stopContinuousRecognitionAsync(() => resolve(recognizer.close()), resolve)) };
  }

  browserEars(recognition) {
    Object.assign(recognition, { continuous: true, interimResults: true, lang: this.config.speech.language });
    recognition.onresult = (event) => {
      for (let i = event.resultIndex; i < event.results.length; i++) {
        this.transcript(event.results[i][0].transcript.trim(), event.results[i].isFinal);
      }
    };
    recognition.onerror = ({ error }) => {
      if (error !== "no-speech" && error !== "aborted") this.emit("error", { message: `The browser's recogniser failed (${error}); type instead.` });
    };
    let open = true;
    recognition.onend = () => open && recognition.start(); // browsers end it after a pause
    recognition.start();
    return {
      close: async () => {
        open = false;
        recognition.stop();
      },
    };
  }
}

/** A microphone whose utterances come as WAV, cut at pauses. */
class A2FEars {
  static async open(tell, onset) {
    const constraints = { audio: { echoCancellation: true, noiseSuppression: true, autoGainControl: true, channelCount: 1 } };
    const stream = await navigator.mediaDevices.getUserMedia(constraints);
    const context = new AudioContext({ sampleRate: A2F_TALK.hearingRate });
    const ears = new A2FEars(tell, onset, stream, context);
    const code = "registerProcessor('ears', class extends AudioWorkletProcessor { process([[block]]) { if (block) this.port.postMessage(block.slice()); return true; } });";
    const url = URL.createObjectURL(new Blob([code], { type: "text/javascript" }));
    await context.audioWorklet.addModule(url);
    URL.revokeObjectURL(url);
    const node = new AudioWorkletNode(context, "ears", { numberOfOutputs: 0 });
    node.port.onmessage = ({ data }) => ears.hear(data);
    context.createMediaStreamSource(stream).connect(node);
    await context.resume();
    return ears;
  }

  constructor(tell, onset, stream = null, context = null) {
    Object.assign(this, { tell, onset, stream, context, floor: 0.003 });
    this.reset();
  }

  reset() {
    Object.assign(this, { blocks: [], samples: 0, voiced: 0, quiet: 0 });
  }

  /** Hear float32 samples at 16 kHz; a pause after speech ends the utterance. */
  hear(block) {
    const level = Math.sqrt(block.reduce((sum, value) => sum + value * value, 0) / Math.max(block.length, 1));
    const voice = level > Math.max(this.floor * 3, 0.008);
    if (!voice) this.floor += (level - this.floor) * 0.02;
    this.blocks.push(block);
    this.samples += block.length;
    if (voice) {
      const before = this.voiced;
      this.voiced += block.length;
      this.quiet = 0;
      if (before < 0.12 * A2F_TALK.hearingRate && this.voiced >= 0.12 * A2F_TALK.hearingRate) this.onset();
    } else this.quiet += block.length;
    const spoke = this.voiced > 0.2 * A2F_TALK.hearingRate;
    const over = this.quiet > A2F_TALK.pauseS * A2F_TALK.hearingRate;
    if ((spoke && over) || this.samples > A2F_TALK.longestS * A2F_TALK.hearingRate) this.flush();
    else if (over) this.keepLast(0.3); // before a word: its quiet beginning is kept
  }

  keepLast(seconds) {
    while (this.blocks.length && this.samples - this.blocks[0].length >= seconds * A2F_TALK.hearingRate) this.samples -= this.blocks.shift().length;
    this.voiced = 0;
  }

  /** What was heard as one utterance. */
  flush() {
    const { blocks, samples, voiced } = this;
    this.reset();
    return voiced ? this.tell(a2fWav(blocks, samples)) : undefined;
  }

  async close() {
    this.stream?.getTracks().forEach((track) => track.stop());
    await this.context?.close();
    await this.flush();
  }
}

/** Float samples as a 16-bit WAV at 16 kHz. */
function a2fWav(blocks, samples) {
  const view = new DataView(new ArrayBuffer(44 + samples * 2));
  const word = (at, letters) => [...letters].forEach((letter, i) => view.setUint8(at + i, letter.charCodeAt(0)));
  word(0, "RIFF");
  view.setUint32(4, 36 + samples * 2, true);
  word(8, "WAVEfmt ");
  view.setUint32(16, 16, true);
  view.setUint16(20, 1, true);
  view.setUint16(22, 1, true);
  view.setUint32(24, A2F_TALK.hearingRate, true);
  view.setUint32(28, A2F_TALK.hearingRate * 2, true);
  view.setUint16(32, 2, true);
  view.setUint16(34, 16, true);
  word(36, "data");
  view.setUint32(40, samples * 2, true);
  let at = 44;
  for (const block of blocks) for (const value of block) view.setInt16((at += 2) - 2, Math.max(-1, Math.min(1, value)) * 32767, true);
  return new Blob([view.buffer], { type: "audio/wav" });
}

/** Frames for Audio2FaceClient from viseme events: each shape is reached while the one before it is left. */
function a2fFramesOfVisemes(visemes) {
  const names = [...new Set(A2F_VISEME_SHAPES.flatMap(Object.keys))];
  const last = visemes.at(-1).audioOffset / 1000 + 0.3;
  const frames = [];
  let at = 0;
  for (let number = 0; number <= last * A2F_TALK.fps; number++) {
    const timeS = number / A2F_TALK.fps;
    while (at + 1 < visemes.length && visemes[at + 1].audioOffset / 1000 - A2F_TALK.blendS / 2 <= timeS) at++;
    const shape = (event) => A2F_VISEME_SHAPES[event?.visemeId] ?? {};
    const part = Math.min(Math.max((timeS - visemes[at].audioOffset / 1000) / A2F_TALK.blendS + 0.5, 0), 1);
    const [from, to] = [shape(visemes[at - 1]), shape(visemes[at])];
    const blendshapes = Object.fromEntries(names.map((name) => [name, (from[name] ?? 0) * (1 - part) + (to[name] ?? 0) * part]));
    frames.push({ frame: number, timestamp: timeS, blendshapes });
  }
  return frames;
}

/** fetch, whose failures are a sentence. */
async function a2fFetch(url, options, who) {
  const slow = new AbortController();
  const timer = setTimeout(() => slow.abort(), A2F_TALK.silenceMs);
  const stop = () => slow.abort();
  options.signal?.addEventListener("abort", stop);
  try {
    return await fetch(url, { ...options, signal: slow.signal });
  } catch (error) {
    if (options.signal?.aborted) throw error;
    const what = slow.signal.aborted ? "does not answer" : "cannot be reached";
    throw new Error(`The ${who} at ${new URL(url).host} ${what}; check its address, and that this page may use it.`);
  } finally {
    clearTimeout(timer);
  }
}

/** The blocks of a streamed answer, as they come. */
async function* a2fEvents(answer, signal) {
  const reader = answer.body.getReader();
  const decoder = new TextDecoder();
  const cancel = () => reader.cancel().catch(() => {});
  signal?.addEventListener("abort", cancel);
  try {
    for (let held = ""; ; ) {
      let timer;
      const silence = new Promise((_, reject) => {
        timer = setTimeout(() => reject(new Error("The chat service fell silent; ask again.")), A2F_TALK.silenceMs);
      });
      const { value, done } = await Promise.race([reader.read(), silence]).catch((error) => {
        throw error instanceof TypeError ? new Error("The connection was lost in the middle of the answer; ask again.") : error;
      }).finally(() => clearTimeout(timer));
      held += decoder.decode(value, { stream: !done });
      const lines = held.split("\n");
      held = lines.pop();
      for (const line of lines) {
        const data = line.startsWith("data:") ? line.slice(5).trim() : "";
        if (data === "[DONE]") return;
        if (data) yield JSON.parse(data);
      }
      if (done) return;
    }
  } finally {
    signal?.removeEventListener("abort", cancel);
    cancel();
  }
}

/** One sentence for a refusal; never a key. */
function a2fRefusal(who, answer, error, what) {
  const wait = Number(answer.headers.get("retry-after"));
  const said = `${error?.code ?? ""} ${error?.message ?? ""}`;
  if (answer.status === 401) return `The ${who} refuses the key; copy it again from the page Keys and Endpoint of the resource.`;
  if (answer.status === 403) return `The ${who} does not let this page in; check the resource's network and the key's rights.`;
  if (answer.status === 404 || answer.status === 410) return `The ${who} has no ${what}; it may be retired: give the name of one that is there.`;
  if (answer.status === 429) return `The ${who} is asked more than its quota allows; try again in ${wait > 0 ? `${wait} seconds` : "a minute"}.`;
  if (said.includes("content_filter")) return `The content filter stopped the question; say it in other words.`;
  if (answer.status >= 500) return `The ${who} has a fault of its own (${answer.status}); try again in a minute.`;
  return `The ${who} refuses the question (${answer.status}); check the settings.`;
}

if (typeof window !== "undefined") window.AzureServicesA2F = AzureServicesA2F;
