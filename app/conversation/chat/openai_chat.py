"""Azure OpenAI and everything that speaks like it, through OpenAI's SDK, streamed, and given up at once when it is interrupted."""

from __future__ import annotations

import asyncio
import queue
from collections.abc import Callable, Coroutine, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from app.conversation.chat.address import ChatAddress, address_of
from app.conversation.chat.habits import TEMPERATURE, Habit, Habits, checked_temperature, refused_parameter
from app.conversation.chat.loop_thread import LoopThread
from app.conversation.chat.refusals import (
    Asked,
    connection_refusal,
    filtered_answer,
    retry_after_s,
    status_refusal,
    stream_refusal,
    token_refusal,
    too_slow,
)
from app.conversation.chat.thoughts import Thoughts
from app.conversation.chat.usage import Usage
from app.conversation.steps import Message
from app.core.cancel import CancelToken
from app.core.errors import ServiceError
from app.keys.access import ChatAccess

if TYPE_CHECKING:
    from openai import AsyncOpenAI, BadRequestError
    from openai.types.chat import ChatCompletionChunk

#: whoever waits for an answer looks so often whether it should stop
LOOK_S = 0.005
#: refusals that each name one more parameter
ROUNDS = 3
#: a header needs something after the word Bearer, also where nobody asks for a key
NO_KEY = "none"


@dataclass(frozen=True)
class Patience:
    """How long is waited.

    Attributes:
        connect_s: for the connection.
        first_s: for the first piece of an answer, from the question on.
        next_s: between two pieces.
        obeyed_s: the longest Retry-After that is waited for, once.
        again_s: before the one further try after a fault of the service's.
    """

    connect_s: float = 5.0
    first_s: float = 20.0
    next_s: float = 20.0
    obeyed_s: float = 5.0
    again_s: float = 0.4


#: httpx's names of what happens to a connection that was kept open and had ended meanwhile
_LOST = ("RemoteProtocolError", "ReadError", "WriteError", "CloseError")


class OpenAiChat:
    """A chat model behind an address; a ``ChatModel``.

    Args:
        access: where it is and what lets us in.
        temperature: how lively it answers, 0 to 2; None for the model's own.
        habits: what its deployments do not take; None for this user's.
        used: called with the tokens of every answer, on a thread of the model's.
        patience: how long it is waited for.

    Raises:
        ServiceError: the address cannot be read, or no deployment is named.
    """

    is_stand_in = False

    def __init__(
        self,
        access: ChatAccess,
        *,
        temperature: float | None = TEMPERATURE,
        habits: Habits | None = None,
        used: Callable[[Usage], None] | None = None,
        patience: Patience | None = None,
    ) -> None:
        self._address: ChatAddress = address_of(access.endpoint)
        self._deployment = access.deployment.strip() or self._address.deployment
        if not self._deployment:
            raise ServiceError("The chat needs the name of a deployment; give the one that stands on the resource's page Deployments.")
        self._key, self._token = access.key.strip(), access.token
        if not self._key.isascii() or not self._key.isprintable():
            raise ServiceError("The key of the chat service holds characters that no key has; copy it again.")
        self._temperature = checked_temperature(temperature)
        self._habits = Habits() if habits is None else habits
        self._used = used
        self._patience = patience or Patience()
        self._asked = Asked(self._address.host, self._deployment, self._address.is_azure, self._token is not None, self._key)
        self._thread = LoopThread("chat")
        self._client: AsyncOpenAI | None = None
        self.label = f"{self._deployment} at {self._address.host}"

    def warm_up(self) -> None:
        """Load the SDK, which takes half a second; call it on a worker thread after the window is up."""
        self._thread.submit(self._opened()).result()

    def reply(self, messages: Sequence[Message], cancel: CancelToken) -> Iterator[str]:
        """Answer; see ``ChatModel``."""
        arriving: queue.SimpleQueue[str | ServiceError | None] = queue.SimpleQueue()
        try:
            job = self._thread.submit(self._answer(tuple(messages), arriving.put))
        except RuntimeError:
            raise ServiceError("The chat was closed; open the conversation again.") from None
        try:
            while not cancel.is_set():
                try:
                    piece = arriving.get(timeout=LOOK_S)
                except queue.Empty:
                    continue
                if piece is None:
                    return
                if isinstance(piece, ServiceError):
                    raise piece
                yield piece
        finally:
            job.cancel()

    def close(self) -> None:
        """Let connections go."""
        self._thread.close(self._let_go())

    async def _let_go(self) -> None:
        if self._client is not None:
            await self._client.close()

    async def _opened(self) -> AsyncOpenAI:
        if self._client is None:
            self._client = await asyncio.to_thread(self._made)
        return self._client

    def _made(self) -> AsyncOpenAI:
        from openai import AsyncOpenAI, DefaultAsyncHttpxClient, Timeout

        waits = self._patience
        longest_s = max(waits.first_s, waits.next_s) + 1.0  # the waits themselves are measured here, between pieces of text
        client = AsyncOpenAI(
            base_url=self._address.base_url,
            api_key=self._bearer if self._token is not None else self._key or NO_KEY,
            timeout=Timeout(longest_s, connect=waits.connect_s),
            max_retries=0,
            # no proxy leads to this machine
            http_client=DefaultAsyncHttpxClient(trust_env=False) if self._address.is_local else None,
        )
        client.organization = client.project = None  # from the environment, and meant for OpenAI's own service
        return client

    async def _bearer(self) -> str:
        if self._token is None:
            raise token_refusal()
        try:
            return await asyncio.to_thread(self._token)
        except ServiceError:
            raise  # it says already what to do
        except Exception as error:
            raise token_refusal() from error

    # -- one answer

    async def _answer(self, messages: tuple[Message, ...], put: Callable[[str | ServiceError | None], None]) -> None:
        """Put the answer's pieces, then None or what went wrong."""
        heard = _Heard()

        def piece(text: str) -> None:
            heard.text += text
            put(text)

        try:
            end = await self._ending(messages, heard, piece)
        finally:
            if heard.began and not heard.counted:  # it broke off, and is charged all the same
                self._count(Usage.reckoned("".join(each.text for each in messages), heard.text, self._deployment))
        put(end)

    async def _ending(self, messages: tuple[Message, ...], heard: _Heard, piece: Callable[[str], None]) -> ServiceError | None:
        """Have the answer, and say what went wrong with it."""
        from openai import APIConnectionError, APIError, APIStatusError

        try:
            await self._rounds(messages, heard, piece)
        except ServiceError as error:
            return error
        except TimeoutError:
            waits = self._patience
            return too_slow(self._asked, "fell silent", waits.next_s) if heard.began else too_slow(self._asked, waited_s=waits.first_s)
        except APIStatusError as error:
            return status_refusal(error, self._asked)
        except APIConnectionError as error:
            return connection_refusal(error, self._asked, heard.began)
        except APIError as error:
            return stream_refusal(error.code, error.message, self._asked)
        return None

    async def _rounds(self, messages: tuple[Message, ...], heard: _Heard, piece: Callable[[str], None]) -> None:
        """Ask, and ask again without what the deployment does not take, or with room for its thoughts."""
        place = f"{self._address.host}/{self._deployment}"
        habit = self._habits.of(place)
        for _ in range(ROUNDS + 1):
            finish = await self._asked_once(messages, habit, heard, piece)
            if isinstance(finish, Habit):
                habit = finish
                continue
            self._habits.learn(place, habit)
            if finish == "length" and not heard.text and habit.roomier() != habit:
                habit, heard.began, heard.counted = habit.roomier(), False, False
                continue
            break
        else:
            raise ServiceError(
                f"{self._asked.service} refuses one parameter after the other for {self._deployment}; use another deployment."
            )
        if finish == "content_filter":
            raise filtered_answer()
        if not heard.text:
            raise ServiceError(f"{self._asked.service} gave an empty answer; ask again in other words.")

    async def _asked_once(self, messages: tuple[Message, ...], habit: Habit, heard: _Heard, piece: Callable[[str], None]) -> Habit | str:
        """Ask once -> why the answer ended, or the habit to try after a refusal."""
        from openai import BadRequestError

        optional = habit.request(self._temperature)
        try:
            stream = await self._begun(messages, optional)
        except BadRequestError as error:
            refused = self._refused(error, optional)
            if refused:
                return habit.without(refused)
            raise
        try:
            return await self._read(stream, heard, piece)
        finally:
            await stream.close()

    @staticmethod
    def _refused(error: BadRequestError, optional: dict[str, Any]) -> str:
        return refused_parameter(error.param, error.message, optional)

    async def _begun(self, messages: tuple[Message, ...], optional: dict[str, Any]) -> Any:
        """Open the stream of an answer; a short Retry-After, a fault or a lost connection is tried once more."""
        from openai import APIConnectionError, InternalServerError, RateLimitError

        client = await self._opened()
        lines: Any = [{"role": each.role, "content": each.text} for each in _as_taken(messages, self._address.is_azure)]

        def ask() -> Coroutine[Any, Any, Any]:
            return client.chat.completions.create(model=self._deployment, messages=lines, stream=True, **optional)

        try:
            async with asyncio.timeout(self._patience.first_s):
                return await ask()
        except RateLimitError as error:
            wait_s = retry_after_s(error.response.headers)
            if wait_s is None or wait_s > self._patience.obeyed_s:
                raise
        except InternalServerError:
            wait_s = self._patience.again_s
        except APIConnectionError as error:
            if type(error.__cause__).__name__ not in _LOST:
                raise
            wait_s = self._patience.again_s  # a connection that was kept open and had ended meanwhile
        await asyncio.sleep(wait_s)
        async with asyncio.timeout(self._patience.first_s):
            return await ask()

    async def _read(self, stream: Any, heard: _Heard, piece: Callable[[str], None]) -> str:
        """Read a stream to its end -> why it ended."""
        chunks = aiter(stream)
        thoughts, finish = Thoughts(), ""
        while True:
            try:
                async with asyncio.timeout(self._patience.next_s if heard.began else self._patience.first_s):
                    chunk: ChatCompletionChunk = await anext(chunks)
            except StopAsyncIteration:
                break
            if chunk.usage is not None:
                self._tell(chunk, heard)
            # Azure's first chunk has no choices, and neither has the one with the usage
            for choice in (chunk.choices or ())[:1]:
                heard.began = True
                finish = choice.finish_reason or finish
                said = (choice.delta.content or choice.delta.refusal) if choice.delta is not None else None
                if said and (text := thoughts.left(said)):
                    piece(text)
        if text := thoughts.rest():
            piece(text)
        if not finish:
            raise connection_refusal(EOFError(), self._asked, during_answer=True)
        return finish

    def _tell(self, chunk: ChatCompletionChunk, heard: _Heard) -> None:
        usage = chunk.usage
        if usage is not None and not heard.counted:
            heard.counted = True
            details = usage.prompt_tokens_details
            cached = (details.cached_tokens if details is not None else 0) or 0
            self._count(Usage(usage.prompt_tokens or 0, usage.completion_tokens or 0, cached, self._deployment))

    def _count(self, usage: Usage) -> None:
        if self._used is not None:
            self._used(usage)


@dataclass
class _Heard:
    """How far an answer has come."""

    text: str = ""
    began: bool = False
    counted: bool = False


def _as_taken(messages: Sequence[Message], is_azure: bool) -> list[Message]:
    """Messages as a service takes them: Azure takes any; the templates of many local models want user and assistant in turns."""
    if is_azure:
        return list(messages)
    turns: list[Message] = []
    for each in messages:
        if turns and turns[-1].role == each.role:
            turns[-1] = Message(each.role, f"{turns[-1].text}\n{each.text}")
        elif each.role != "assistant" or any(turn.role == "user" for turn in turns):
            turns.append(each)
    return turns
