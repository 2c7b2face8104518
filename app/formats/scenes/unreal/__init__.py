"""Tables that Unreal Engine imports as curves."""
