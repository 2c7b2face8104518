"""A dialogue with a service over one socket: the thread with its loop, the connection and its renewal."""

from __future__ import annotations

import asyncio
import contextlib
import threading
import time
from abc import ABC, abstractmethod
from collections import deque
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AsyncExitStack
from typing import Any, Protocol

import numpy as np

from app.conversation.dialogue import HEARING_RATE
from app.conversation.events import Event, Told
from app.conversation.realtime.faults import Lost, Place, Refused, silent
from app.conversation.realtime.service_talk import ServiceTalk, remembered_items
from app.conversation.realtime.spending import Spent
from app.conversation.realtime.upstream import Upstream

#: a handshake that takes longer than this has failed
HANDSHAKE_S = 10.0
#: pauses between tries to connect anew; after the last one it is given up
WAITS_S = (0.5, 1.0, 2.0, 4.0, 8.0)
#: a service that does not say within this time that it grants a session is taken at its silence
GRANTING_S = 5.0
#: sound sent is reported so often, for a meter that is looked at
REPORT_S = 10.0
#: sound kept while there is no connection, so that what is said meanwhile is not lost
_KEPT_S = 5.0
#: silence sent after push-to-talk beyond what the service waits for
_EXTRA_SILENCE_S = 0.3


class Wire(Protocol):
    """An open connection, in Voice Live's words."""

    async def send(self, message: dict[str, Any]) -> None:
        """Send a message.

        Raises:
            Lost: the connection is gone.
        """
        ...

    def messages(self) -> AsyncIterator[dict[str, Any]]:
        """What comes, until the connection ends for whatever reason."""
        ...


class ServiceDialogue(ABC):
    """See Dialogue. One thread has a loop of its own; everything but the handing over of sound and words happens there.

    Args:
        place: whom one talks with.
        service: its name in reports of what was spent.
        spent: is given what was used, on the dialogue's thread.
        handshake_s: how long a handshake may take.
        waits_s: pauses between tries to connect anew.
    """

    is_stand_in = False
    #: how the service calls a text of its own in an item
    answer_type = "text"

    def __init__(
        self,
        place: Place,
        service: str,
        *,
        spent: Callable[[Spent], None] | None = None,
        handshake_s: float = HANDSHAKE_S,
        waits_s: Sequence[float] = WAITS_S,
    ) -> None:
        self.label, self.hears_echo = place.service, True
        self._place, self._service = place, service
        self._handshake_s, self._waits_s = handshake_s, tuple(waits_s)
        self._spent = spent or (lambda _spent: None)
        self._tell_to: Callable[[Event], None] = lambda _event: None
        self._talk = ServiceTalk(place, service, self._tell, self._spent)
        self._lock = threading.RLock()
        self._closed = False
        self._loop: asyncio.AbstractEventLoop | None = None
        self._work: asyncio.Task[None] | None = None
        self._early: list[Callable[[], None]] = []
        self._restart = asyncio.Event()
        self._out: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self._upstream, self._reported_s = Upstream(), 0.0
        self._kept: deque[tuple[np.ndarray, float]] = deque()
        self._given_up = 0
        self._granted = False
        self._session_sent = ""

    # -- Dialogue

    def start(self, tell: Callable[[Event], None]) -> None:
        """See Dialogue."""
        self._tell_to = tell
        threading.Thread(target=self._run, name=f"dialogue-{self._service}", daemon=True).start()

    def hear(self, samples: np.ndarray) -> None:
        """See Dialogue."""
        block, at_s = np.array(samples, np.float32), time.perf_counter()
        self._do(lambda: self._hear(block, at_s))

    def end_of_speech(self) -> None:
        """See Dialogue. The service ends a turn at silence, so it is given as much as it waits for, at once."""
        silence = np.zeros(round((self._talk.silence_s + _EXTRA_SILENCE_S) * HEARING_RATE), np.float32)
        self._do(lambda: self._hear(silence, time.perf_counter() + len(silence) / HEARING_RATE))

    def say(self, text: str) -> None:
        """See Dialogue."""
        self._do(lambda: self._talk.say(text))

    def interrupt(self, heard_s: float) -> None:
        """See Dialogue. Call it also where the service itself noticed that the user speaks: only the player knows what was heard."""
        self._do(lambda: self._talk.interrupt(heard_s))

    def clear(self) -> None:
        """See Dialogue; a service forgets by beginning a new session."""
        self._do(self._forget)

    def close(self) -> None:
        """See Dialogue."""
        with self._lock:
            self._closed = True
            loop, work = self._loop, self._work
        if loop is not None and work is not None:
            with contextlib.suppress(RuntimeError):  # the loop may have ended by itself just now
                loop.call_soon_threadsafe(work.cancel)

    # -- of each service

    @abstractmethod
    async def _open(self, stack: AsyncExitStack) -> Wire:
        """Connect; what is put on the stack is closed with the connection.

        Raises:
            Refused: it cannot be.
        """

    @abstractmethod
    def _session(self, given_up: int) -> dict[str, Any] | None:
        """The session that is wished for.

        Args:
            given_up: how many wishes to leave out, because the service refuses them.

        Returns:
            None when nothing is left that could be left out.
        """

    # -- on the thread

    def _run(self) -> None:
        with contextlib.suppress(asyncio.CancelledError):
            asyncio.run(self._main())

    async def _main(self) -> None:
        with self._lock:
            if self._closed:
                return
            self._loop, self._work = asyncio.get_running_loop(), asyncio.current_task()
            early, self._early = self._early, []
        try:
            for do in early:
                do()
            await self._stay_connected()
        finally:
            with self._lock:
                self._loop = None

    async def _stay_connected(self) -> None:
        tries, ever = 0, False
        while True:
            try:
                async with AsyncExitStack() as stack:
                    wire = await self._opened(stack)
                    tries, ever = 0, True
                    again = await self._converse(wire)
                if not again:
                    self._lose()
                    await asyncio.sleep(self._waits_s[0])
            except Refused as refusal:
                final = refusal.lasting or tries >= len(self._waits_s) or not (ever or refusal.busy)
                self._tell(Told(str(refusal), "ended" if final else "notice"))
                if final:
                    return
                await asyncio.sleep(max(refusal.wait_s, self._waits_s[tries]))
                tries += 1

    async def _opened(self, stack: AsyncExitStack) -> Wire:
        try:
            return await asyncio.wait_for(self._open(stack), self._handshake_s)
        except TimeoutError as error:
            raise silent(self._place, self._handshake_s) from error

    async def _converse(self, wire: Wire) -> bool:
        """Talk until the connection ends.

        Returns:
            Whether a new one is wished for, rather than this one lost.
        """
        began_s, self._out, self._upstream, self._reported_s = time.perf_counter(), asyncio.Queue(), Upstream(), 0.0
        self._restart.clear()
        self._begin_session()
        tasks = [asyncio.create_task(work) for work in (self._send_all(wire, self._out), self._take_all(wire), self._restart.wait())]
        try:
            done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        finally:
            self._granted = True
            self._talk.disconnected()
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            connected_s = time.perf_counter() - began_s
            heard_s = self._upstream.heard_s - self._reported_s
            self._spent(Spent(self._service, self._place.model, connected_s=connected_s, heard_s=heard_s))
        for task in done:
            if (error := task.exception()) is not None and not isinstance(error, Lost):
                raise error
        return tasks[2] in done

    def _begin_session(self) -> None:
        """Ask for the session; what else is to be sent waits until it is granted, because the first answer should have its lanes."""
        self._granted = False
        self._update_session()
        asyncio.get_running_loop().call_later(GRANTING_S, self._grant, self._out)

    def _update_session(self) -> bool:
        """Send what is wished of the session; False when nothing is left that could be left out."""
        session = self._session(self._given_up)
        if session is None:
            return False
        self._session_sent = f"session_{self._given_up}"
        self._out.put_nowait({"type": "session.update", "event_id": self._session_sent, "session": session})
        return True

    def _grant(self, out: asyncio.Queue[dict[str, Any]]) -> None:
        """Tell the new session what was said before, what was said meanwhile, and what is owed; once for each connection."""
        if self._granted or out is not self._out:
            return
        self._granted = True
        talk = self._talk
        for item in remembered_items(talk.history, self.answer_type):
            out.put_nowait({"type": "conversation.item.create", "item": item})
        talk.moment, talk.send = self._upstream.moment, out.put_nowait
        if talk.owed:
            talk.ask()
        kept, self._kept = self._kept, deque()
        for block, at_s in kept:
            self._hear(block, at_s)

    async def _send_all(self, wire: Wire, out: asyncio.Queue[dict[str, Any]]) -> None:
        while True:
            await wire.send(await out.get())

    async def _take_all(self, wire: Wire) -> None:
        async for message in wire.messages():
            kind = message.get("type")
            if kind == "session.updated":
                self._grant(self._out)
            elif kind != "error" or not self._refuses_session(message):
                self._talk.take(message)

    def _refuses_session(self, message: dict[str, Any]) -> bool:
        """Leave out one wish more where the service does not grant the session.

        Returns:
            Whether that was done; the service's own session has to do where nothing more can be left out.
        """
        error = message.get("error")
        if not isinstance(error, dict) or not error.get("event_id") or error.get("event_id") != self._session_sent:
            return False
        self._given_up += 1
        if self._update_session():
            return True
        self._given_up = 0
        self._grant(self._out)
        return False

    def _hear(self, samples: np.ndarray, at_s: float) -> None:
        if self._talk.send is None:
            self._kept.append((samples, at_s))
            while sum(len(block) for block, _ in self._kept) > _KEPT_S * HEARING_RATE:
                self._kept.popleft()
            return
        audio = self._upstream.encode(samples, at_s)
        unreported_s = self._upstream.heard_s - self._reported_s
        if unreported_s >= REPORT_S:
            self._reported_s += unreported_s
            self._spent(Spent(self._service, self._place.model, heard_s=unreported_s))
        if audio:
            self._out.put_nowait({"type": "input_audio_buffer.append", "audio": audio})

    def _forget(self) -> None:
        self._talk.forget()
        self._kept.clear()
        self._restart.set()

    def _lose(self) -> None:
        sentence = f"The connection to {self._place.service} was lost and is made again."
        if not self._talk.broke_off(f"{sentence[:-1]}; what was still to be said is missing, ask for it again."):
            self._tell(Told(sentence))

    def _do(self, work: Callable[[], None]) -> None:
        """Let the thread do something, or keep it until it runs."""
        with self._lock:
            if self._closed:
                return
            if self._loop is None:
                self._early.append(work)
                return
            self._loop.call_soon_threadsafe(work)

    def _tell(self, event: Event) -> None:
        with self._lock:
            if not self._closed:
                self._tell_to(event)
