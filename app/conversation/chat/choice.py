"""Which chat model answers: the one that the user has access to, or the scripted persona."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable
from dataclasses import replace

from app.conversation.chat.address import address_of
from app.conversation.chat.habits import TEMPERATURE, Habits
from app.conversation.chat.openai_chat import OpenAiChat
from app.conversation.chat.scripted import ScriptedChat
from app.conversation.chat.usage import Usage
from app.conversation.steps import ChatModel
from app.core.errors import ServiceError
from app.keys.access import ChatAccess


def make_chat(
    access: ChatAccess | None,
    *,
    temperature: float | None = TEMPERATURE,
    used: Callable[[Usage], None] | None = None,
    habits: Habits | None = None,
) -> ChatModel:
    """Whoever can answer.

    Args:
        access: to Azure OpenAI or whatever speaks like it; None, or one that names no address, for the scripted persona.
        temperature: how lively it answers, 0 to 2; None for the model's own.
        used: called with the tokens of every answer.
        habits: what deployments do not take; None for this user's.

    Raises:
        ServiceError: the access names a place that cannot be asked.
    """
    if access is None or not access.endpoint.strip():
        return ScriptedChat()
    named = replace(access, deployment=access.deployment or address_of(access.endpoint).deployment)
    if importlib.util.find_spec("openai") is None:
        raise ServiceError("The package openai is missing: run python3 run.py again, which installs it, or talk with the scripted persona.")
    return OpenAiChat(named, temperature=temperature, habits=habits, used=used)
