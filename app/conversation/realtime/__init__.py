"""Services that hear and speak by themselves: Azure Voice Live and OpenAI-style Realtime, each a ``Dialogue``."""
