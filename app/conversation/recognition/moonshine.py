"""Moonshine base-en (MIT, Useful Sensors): English words from up to half a minute of sound, with onnxruntime on one core."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from app.conversation.dialogue import HEARING_RATE

ENCODER, DECODER, TOKENS = "encoder.onnx", "decoder.onnx", "tokens.bin"
#: of the tokens; a text is cut off at so many for each second of sound, as its makers do against endless repetition
START, END, TOKENS_PER_S = 1, 2, 6.5
HEADS, HEAD_SIZE = 8, 52
#: shorter sound than this is padded: the first layers need that much to make one step
_LEAST_S = 0.25


class Moonshine:
    """The network, loaded. One thread at a time.

    Args:
        folder: with the three files that ``moonshine_weights`` makes.

    Raises:
        Exception: onnxruntime's own when a file is no model; ``moonshine_weights`` checks their sums before.
    """

    def __init__(self, folder: Path) -> None:
        self._encoder, self._decoder = _session(folder / ENCODER), _session(folder / DECODER)
        self._pieces = read_tokens((folder / TOKENS).read_bytes())
        self._past = [output.name.replace("present.", "past_key_values.", 1) for output in self._decoder.get_outputs()][1:]

    def read(self, samples: np.ndarray, stop: Callable[[], bool] = lambda: False) -> str | None:
        """The words of a clip.

        Args:
            samples: (n,) float32 at 16 kHz in [-1, 1].
            stop: asked before every token; True ends the work.

        Returns:
            The text, "" when there is none; None when it was stopped.
        """
        least = round(_LEAST_S * HEARING_RATE)
        if len(samples) < least:
            samples = np.concatenate([samples, np.zeros(least - len(samples), np.float32)])
        (hidden,) = self._encoder.run(None, {"input_values": samples[None]})
        caches = {name: np.zeros((1, HEADS, 0, HEAD_SIZE), np.float32) for name in self._past}
        token, said = START, list[int]()
        for step in range(int(len(samples) / HEARING_RATE * TOKENS_PER_S) + 1):
            if stop():
                return None
            known = {"input_ids": np.array([[token]], np.int64), "use_cache_branch": np.array([step > 0])}
            logits, *present = self._decoder.run(None, {**known, "encoder_hidden_states": hidden, **caches})
            token = int(logits[0, -1].argmax())
            if token == END:
                break
            said.append(token)
            for name, values in zip(self._past, present, strict=True):
                # what is made from the sound does not change after the first step, and comes empty then
                if step == 0 or ".decoder." in name:
                    caches[name] = values
        return text_of(said, self._pieces)


def read_tokens(data: bytes) -> list[bytes]:
    """The pieces of words by their numbers: each is its length (one byte, or two from 128 on) and its bytes in UTF-8."""
    pieces, at = [], 0
    while at < len(data):
        length, at = data[at], at + 1
        if length >= 128:
            length, at = length - 128 + 128 * data[at], at + 1
        pieces.append(data[at : at + length])
        at += length
    return pieces


def text_of(tokens: list[int], pieces: list[bytes]) -> str:
    """Words from the numbers of their pieces; ``<0xNN>`` is a byte, ``▁`` a space, other names in ``<>`` are marks."""
    made = bytearray()
    for token in tokens:
        piece = pieces[token] if token < len(pieces) else b""
        if piece.startswith(b"<0x") and piece.endswith(b">"):
            made.append(int(piece[3:-1], 16))
        elif not (piece.startswith(b"<") and piece.endswith(b">") and len(piece) > 2):
            made += piece
    return made.decode("utf-8", "replace").replace("▁", " ").strip()


def _session(path: Path) -> Any:
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = 3
    return onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
