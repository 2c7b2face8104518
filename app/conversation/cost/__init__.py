"""What a conversation costs: counted here while it happens, priced from one dated file.

Who uses a paid service counts it, whatever thread it works in::

    meter.count("tts", "characters", len(ssml_or_text))          # sent to a cloud voice; a line from the cache costs nothing
    meter.count("stt", "seconds", len(samples) / 16000)          # sent to a cloud recogniser, silence too
    meter.count("chat", "tokens_in", usage.prompt, model)        # as the service's own usage says
    meter.count("chat", "tokens_out", usage.completion, model)
    meter.count("realtime", "minutes_heard", seconds / 60)       # Voice Live and Realtime: sound sent
    meter.count("realtime", "minutes_spoken", seconds / 60)      # and sound received
    meter.count("gpu", "hours", seconds / 3600)                  # a rented GPU animated

What runs on this machine counts nothing. ``count`` is cheap, never raises for a service's figures, and never touches a disk;
rooms below this one take it as a plain ``app.core.counting.Count``.
"""
