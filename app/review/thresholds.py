"""Every number that lint judges by, with its reason, in one table.

Weights are shares of a full shape; openings are shares of the clip's own wide-open mouth (core.lips.wide_open), so that a
mumbling clip is judged by its own measure.
"""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType


@dataclass(frozen=True)
class Threshold:
    """One number and why it is what it is."""

    value: float
    reason: str


THRESHOLDS = MappingProxyType({
    "closure_share": Threshold(0.10, "lips that are 10 % as far apart as a wide-open mouth read as touching on the reference head"),
    "closure_error_share": Threshold(0.25, "a quarter of a wide-open mouth shows teeth: nobody takes it for a P, B or M"),
    "closure_margin_s": Threshold(0.025, "phone times of aligners come in steps of 10 ms and wander by one to two of them"),
    "vowel_s": Threshold(0.08, "in less time a mouth between two closures need not open"),
    "vowel_share": Threshold(0.05, "half of what reads as touching; sources open each of 41 such vowels in 8 recordings to 0.60 and more"),
    "never_opens": Threshold(0.02, "a 95th percentile of 2 % of jawOpen is a mouth that stays shut"),
    "silence_s": Threshold(0.25, "stop consonants hold their closure for up to about 0.2 s; longer quiet is a pause"),
    "silence_lead_s": Threshold(0.15, "mouths open 100 to 150 ms before the sound that they prepare"),
    "silence_tail_s": Threshold(0.20, "a mouth needs about 200 ms to relax after its last sound"),
    "silence_open_s": Threshold(0.14, "a mouth that relaxes a tenth of a second late does not read as open in a pause"),
    "silence_share": Threshold(0.25, "a quarter of a wide-open mouth is more than breathing through parted lips"),
    "heard_shut": Threshold(0.15, "soft ends of words lie under the loudness limit; where speech is still heard there is no pause"),
    "after_last_s": Threshold(0.30, "NVIDIA's troubleshooting names mouths that stay open at the end; 0.3 s is a slow relaxation"),
    "quiet_db": Threshold(35.0, "35 dB below the loudest speech lies under the soft ends of words and above most room noise"),
    "sync_early_warn_s": Threshold(0.125, "ITU-R BT.1359-1: a picture 125 ms before its sound is detected"),
    "sync_early_error_s": Threshold(0.185, "ITU-R BT.1359-1: a picture 185 ms before its sound is no longer accepted"),
    "sync_late_warn_s": Threshold(0.045, "ITU-R BT.1359-1: a picture 45 ms after its sound is detected"),
    "sync_late_error_s": Threshold(0.090, "ITU-R BT.1359-1: a picture 90 ms after its sound is no longer accepted"),
    "sync_doubt_s": Threshold(0.02, "motion made of exact phone times comes out up to 20 ms late against what the network hears"),
    "sync_correlation": Threshold(0.5, "134 exact tracks fit what is heard by 0.54 and more; motion of other lines by 0.39 at most"),
    "sync_loudness_doubt_s": Threshold(0.15, "against loudness, exact motion comes out up to 370 ms late: only gross shifts are told"),
    "sync_loudness_correlation": Threshold(0.6, "below this the opening does not follow the loudness well enough to time it"),
    "sync_loudness_reach_s": Threshold(0.4, "farther shifts of loudness match other syllables"),
    "sync_least_s": Threshold(1.5, "fewer than about four syllables cannot be timed"),
    "rate_least_s": Threshold(2.5, "a dozen sounds are needed before a speed can be told"),
    "rate_correlation": Threshold(0.6, "a speed is believed only where the track then fits as exact tracks do"),
    "rate_gain": Threshold(0.03, "of 134 exact tracks none fits better by more at a speed that moves its end by over 0.1 s"),
    "rate_moved_s": Threshold(0.10, "a speed that moves the clip's end by less than 0.1 s cannot be seen"),
    "rate_length": Threshold(0.01, "tracks end within a few frames of their sound"),
    "rate_ratio": Threshold(0.004, "24/25 and 23.976/25 differ by 0.1 %, 24/25 and 25/26 by 0.2 %; measured speeds wander by 0.3 %"),
    "follows": Threshold(0.40, "people's lips fit what is heard by 0.46 and more (41 clips), motion of other lines by 0.39 at most"),
    "follows_anywhere": Threshold(0.5, "motion that fits somewhere within a second is early or late, not of another line"),
    "follows_reach_s": Threshold(0.25, "lips and sound of one performance are never further apart"),
    "eyes_apart": Threshold(0.35, "looking at one's nose takes about 0.35 of eyeLookIn on both sides; nobody looks apart"),
    "eyes_s": Threshold(0.5, "saccades of tracked eyes cross for single frames"),
    "eyes_shut": Threshold(0.8, "captured lids are shut from about 0.8 on"),
    "eyes_shut_s": Threshold(2.0, "a blink lasts 0.1 to 0.4 s"),
    "tongue_out": Threshold(0.3, "TH shows the tip only"),
    "tongue_s": Threshold(0.5, "no sound of speech holds the tongue out"),
    "opposites": Threshold(0.2, "trackers leave up to 0.1 in the opposite shape"),
    "opposites_s": Threshold(0.3, "single frames are noise of a tracker"),
    "small_opening": Threshold(0.10, "a mumbling speaker still opens the lips by a tenth of an open jaw on open vowels"),
    "small_least_s": Threshold(2.0, "a word may have no open vowel"),
    "percent_most": Threshold(5.0, "weights over 1 are exaggerations, over 5 another unit"),
    "percent_still": Threshold(0.01, "what does not move tells nothing about the unit"),
    "jitter_per_s": Threshold(18.0, "captured faces change direction up to 14 times a second, at blinks; trembling at 60 fps up to 60"),
    "jitter_step": Threshold(0.010, "smaller steps than 1 % cannot be seen at all"),
    "jitter_window_s": Threshold(0.5, "shorter bursts are consonants"),
    "over_one": Threshold(1.005, "beyond 1 avatars clamp or tear; the rest is rounding"),
    "below_zero": Threshold(-0.005, "Azure's and networks' values dip below 0; smaller dips are rounding"),
    "saturated": Threshold(0.999, "held at the limit a curve has lost its shape"),
    "saturated_s": Threshold(0.10, "a peak that only touches 1 is no fault; a flat top of 100 ms is"),
    "dead_range": Threshold(0.005, "a curve that moves by less than half a percent moves nothing"),
    "asymmetry_share": Threshold(0.5, "real captures of talking differ by about a fifth between sides; half is a lopsided face"),
    "asymmetry_least": Threshold(0.06, "what hardly moves may differ"),
    "close_over_jaw": Threshold(0.05, "Apple: mouthClose closes what jawOpen opened; more pushes the lips through each other"),
    "close_over_jaw_s": Threshold(0.05, "three frames at 60 fps"),
    "pop_step": Threshold(0.20, "four captures of real faces hold no mouth or jaw step of 0.2 in 1/60 s that stands alone"),
    "pop_lonely": Threshold(3.0, "a step three times the steps before and after it is a jump, not a movement"),
    "short_s": Threshold(0.15, "a track may end a few frames before its sound, not more"),
})  # fmt: skip

#: rule -> what it looks for, in a few words
RULES = MappingProxyType({
    "open-lips": "lips apart on P, B or M",
    "shut-vowel": "mouth shut on an open vowel",
    "open-in-silence": "mouth open in a pause",
    "open-at-end": "mouth open after the last word",
    "early": "motion before the sound",
    "late": "motion after the sound",
    "rate": "another speed than the sound's",
    "unrelated": "motion of another line",
    "eyes": "crossed, parted or shut eyes",
    "tongue": "tongue held out",
    "opposites": "one part pulled both ways",
    "small": "motion too small to see",
    "percent": "values in percent",
    "jitter": "trembling",
    "clipping": "held at 1",
    "over-one": "above 1",
    "negative": "below 0",
    "not-a-number": "values that are not numbers",
    "dead": "curves that do not move",
    "asymmetry": "left and right differ",
    "close-over-jaw": "mouthClose above jawOpen",
    "pop": "a jump within one frame",
    "viseme-pop": "visemes that change within one frame",
    "short": "track ends before the sound",
})  # fmt: skip


def limit(name: str) -> float:
    """One number of the table."""
    return THRESHOLDS[name].value
