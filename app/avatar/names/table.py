"""The dialects: how exporters and rigs call the shapes that this program drives. Data, and the origin of each.

A recipe is written ``key + 0.5 key@left | alternative``: keys are names in lower case without separators, with a side at the end
(``spelling.Spelling.key``); a number before a key is its share; ``@left`` lets only that side of the face take part; ``*`` stands
for both sides in turn.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType


@dataclass(frozen=True)
class Dialect:
    """One way of naming.

    Attributes:
        name: for people.
        origin: who writes such names, and where that is stated.
        recipes: channel -> recipe.
        minimum: so many different keys must be there, all with the same prefix and suffix, before one of them counts.
        mouth_only_without: ``shapes``: visemes of this dialect are poorer than ARKit mouth shapes and give way to them;
            ``opener``: nothing of it counts where something else opens the mouth.
        enough: keys of which one alone counts.
        alone: other names of the same form speak against it, as single letters do in an alphabet.
    """

    name: str
    origin: str
    recipes: Mapping[str, str]
    minimum: int = 3
    mouth_only_without: str = ""
    enough: frozenset[str] = frozenset()
    alone: bool = False


#: visemes that a set lacks, from those that it has: vowels stand for consonants as VRM's do (lips stay shut on PP and sil); the
#: first line whose sources are all there counts
MIXED_VISEMES: Mapping[str, str] = MappingProxyType({
    "viseme_E": "0.6 viseme_aa + 0.4 viseme_I | 0.6 viseme_aa",
    "viseme_I": "0.8 viseme_E",
    "viseme_O": "0.5 viseme_aa + 0.6 viseme_U",
    "viseme_U": "0.8 viseme_O",
    "viseme_FF": "0.12 viseme_I",
    "viseme_TH": "0.5 viseme_DD | 0.15 viseme_aa",
    "viseme_DD": "0.8 viseme_nn | 0.25 viseme_I",
    "viseme_kk": "0.8 viseme_DD | 0.25 viseme_E",
    "viseme_CH": "0.45 viseme_U",
    "viseme_SS": "0.3 viseme_I",
    "viseme_nn": "0.8 viseme_DD | 0.2 viseme_I",
    "viseme_RR": "0.35 viseme_U",
})  # fmt: skip

_OCULUS = ("sil", "PP", "FF", "TH", "DD", "kk", "CH", "SS", "nn", "RR", "aa", "E", "I", "O", "U")
_SDK = {"I": "ih", "O": "oh", "U": "ou"}


def _oculus(prefix: str) -> dict[str, str]:
    """Oculus' fifteen behind a prefix, the last three as in the SDK too."""
    return {
        f"viseme_{v}": " | ".join(f"{prefix}{spelt.lower()}" for spelt in (_SDK.get(v, v), v)[: 2 if v in _SDK else 1])
        for v in _OCULUS
    }  # fmt: skip


def _vowels(*keys: str) -> dict[str, str]:
    """Five vowel mouths in the order a i u e o."""
    return dict(zip(("viseme_aa", "viseme_I", "viseme_U", "viseme_E", "viseme_O"), keys, strict=True))


_VRCHAT = Dialect("VRChat visemes", "VRChat's avatar documentation: vrc.v_sil, vrc.v_pp ... vrc.v_ou", _oculus("vrcv"))
_BARE_OCULUS = Dialect(
    "bare Oculus visemes", "Oculus LipSync's own order: sil PP FF TH DD kk CH SS nn RR aa E ih oh ou", _oculus(""), minimum=6
)

_VROID = Dialect(
    "VRoid shapes without a VRM block",
    "VRoid Studio: Fcl_MTH_* mouths, Fcl_EYE_* lids, Fcl_BRW_* brows",
    {
        **_vowels("fclmtha", "fclmthi", "fclmthu", "fclmthe", "fclmtho"),
        "eyeBlink*": "fcleyeclose* | fcleyeclose@*",
        "eyeWide*": "fcleyespread@* | 0.6 fcleyesurprised@*",
        "eyeSquint*": "0.5 fcleyejoy*",
        "browInnerUp": "0.7 fclbrwsorrow",
        "browDown*": "fclbrwangry@*",
        "browOuterUp*": "0.8 fclbrwsurprised@*",
    },
    mouth_only_without="shapes",
)  # fmt: skip

_CC_LOOKS = {
    "eyeLookOutLeft": "eyellookl", "eyeLookInLeft": "eyellookr", "eyeLookUpLeft": "eyelookupleft", "eyeLookDownLeft": "eyelookdownleft",
    "eyeLookInRight": "eyerlookl", "eyeLookOutRight": "eyerlookr", "eyeLookUpRight": "eyelookupright",
    "eyeLookDownRight": "eyelookdownright",
}  # fmt: skip
_CC_FACE = {
    "browInnerUp": "browraiseinnerleft + browraiseinnerright", "browDown*": "browdrop*", "browOuterUp*": "browraiseouter*",
    "eyeBlink*": "eyeblink*", "eyeSquint*": "eyesquint*", "eyeWide*": "eyewide*", **_CC_LOOKS,
    "cheekSquint*": "cheekraise*", "cheekPuff": "cheekpuffleft + cheekpuffright", "noseSneer*": "nosesneer*",
}  # fmt: skip
_CC_VISEMES = {
    "viseme_PP": "vexplosive", "viseme_FF": "vdentallip", "viseme_aa": "vopen", "viseme_O": "0.75 vtighto + 0.35 vopen",
    "viseme_U": "vtighto | vtight", "viseme_E": "0.7 vwide + 0.35 vopen", "viseme_I": "0.9 vwide + 0.2 vlipopen",
    "viseme_CH": "vaffricate", "viseme_SS": "0.4 vwide + 0.4 vlipopen", "viseme_RR": "0.5 vtighto + 0.3 vlipopen",
    "viseme_TH": "0.7 vlipopen + 0.6 vtongueout", "viseme_DD": "0.6 vlipopen + 0.7 vtongueup | 0.6 vlipopen",
    "viseme_nn": "0.6 vlipopen + 0.6 vtongueup | 0.6 vlipopen", "viseme_kk": "0.6 vlipopen + 0.5 vtongueraise | 0.6 vlipopen",
}  # fmt: skip
_CC = Dialect(
    "Character Creator 4 visemes and shapes",
    "Reallusion's CC4 and iClone: V_Open, V_Explosive, V_Tight_O ... and the extended profile (Brow_Raise_Inner_L, Mouth_Up_Upper_L)",
    {
        **_CC_VISEMES, **_CC_FACE,
        "mouthPucker": "mouthpuckerupleft + mouthpuckerupright + mouthpuckerdownleft + mouthpuckerdownright | mouthpucker",
        "mouthFunnel": "mouthfunnelupleft + mouthfunnelupright + mouthfunneldownleft + mouthfunneldownright | mouthfunnel",
        "mouthRollLower": "mouthrollinlowerleft + mouthrollinlowerright", "mouthRollUpper": "mouthrollinupperleft + mouthrollinupperright",
        "mouthUpperUp*": "mouthupupper*", "mouthLowerDown*": "mouthdownlower*", "mouthPress*": "mouthpress*",
        "mouthStretch*": "mouthstretch*", "mouthDimple*": "mouthdimple*",
    },
    mouth_only_without="shapes",
)  # fmt: skip
_CC3 = Dialect(
    "Character Creator 3 visemes",
    "Reallusion's CC3 and iClone 7: Open, Explosive, Dental_Lip, Tight_O, Tight, Wide, Affricate, Lip_Open",
    {channel: recipe.replace(" v", " ").removeprefix("v") for channel, recipe in _CC_VISEMES.items()},
    minimum=4, mouth_only_without="shapes",
)  # fmt: skip
_CC_PAIRS = Dialect(
    "Character Creator one-to-one visemes",
    "Reallusion's viseme pairs: AE Ah B_M_P Ch_J EE Er F_V Ih K_G_H_NG Oh R S_Z T_L_D_N Th W_OO",
    {
        "viseme_PP": "bmp", "viseme_FF": "fv", "viseme_TH": "th", "viseme_DD": "tldn", "viseme_kk": "kghng", "viseme_CH": "chj",
        "viseme_SS": "sz", "viseme_nn": "0.9 tldn", "viseme_RR": "r | er", "viseme_aa": "ah", "viseme_E": "ae", "viseme_I": "ee | ih",
        "viseme_O": "oh", "viseme_U": "woo",
    },
    minimum=7, mouth_only_without="shapes",
)  # fmt: skip

_DAZ_SOUNDS = {
    "viseme_aa": "aa", "viseme_E": "eh | ee", "viseme_I": "ee | iy | ih", "viseme_O": "ow", "viseme_U": "uw | w", "viseme_PP": "m",
    "viseme_FF": "f", "viseme_TH": "th", "viseme_SS": "s", "viseme_CH": "sh", "viseme_DD": "t", "viseme_kk": "k", "viseme_nn": "l",
    "viseme_RR": "er",
}  # fmt: skip


def _daz(front: str) -> dict[str, str]:
    """Daz' visemes behind the name of their controls."""
    return {channel: " | ".join(f"{front}v{sound}" for sound in sounds.split(" | ")) for channel, sounds in _DAZ_SOUNDS.items()}


_DAZ = Dialect(
    "Daz Genesis controls",
    "Daz Studio's Genesis 3 and 8: eCTRLMouthOpen, eCTRLvAA, eCTRLvM ... with or without the figure's name before",
    {
        "jawOpen": "ectrlmouthopen | ectrlmouthopenwide", **_daz("ectrl"),
        "mouthSmile*": "ectrlmouthsmilesimple* | ectrlmouthsmile* | ectrlmouthsmilesimple@* | ectrlmouthsmile@*",
        "mouthFrown*": "ectrlmouthfrown* | ectrlmouthfrown@*", "eyeBlink*": "ectrleyesclosed* | ectrleyesclosed@*",
        "browInnerUp": "ectrlbrowinnerup | ectrlbrowinnerupleft + ectrlbrowinnerupright",
        "browOuterUp*": "ectrlbrowouterup* | ectrlbrowup* | ectrlbrowup@*", "browDown*": "ectrlbrowdown* | ectrlbrowdown@*",
        "cheekPuff": "ectrlcheekspuff | ectrlcheeksballoon", "tongueOut": "ectrltongueinout",
        "mouthFunnel": "ectrllipsfunnel", "mouthPucker": "ectrllipspucker | ectrlmouthpucker",
    },
    minimum=3,
)  # fmt: skip
_DAZ_SHORT = Dialect(
    "Daz visemes", "Daz Studio's Genesis 8.1 and 9: vAA, vEE, vM ... behind facs_ctrl_ or nothing", {**_daz("")}, minimum=5,
    mouth_only_without="shapes",
)  # fmt: skip

_META = Dialect(
    "Meta's facial expressions",
    "Meta's Movement SDK: JawDrop, LipCornerPullerL, LidTightenerL ... (63 FACS shapes)",
    {
        "jawOpen": "jawdrop", "jawLeft": "jawsidewaysleft", "jawRight": "jawsidewaysright", "jawForward": "jawthrust",
        "mouthClose": "lipstoward", "mouthLeft": "mouthleft", "mouthRight": "mouthright", "mouthSmile*": "lipcornerpuller*",
        "mouthFrown*": "lipcornerdepressor*", "mouthDimple*": "dimpler*", "mouthStretch*": "lipstretcher*",
        "mouthPress*": "lippressor* | liptightener*", "mouthUpperUp*": "upperlipraiser*", "mouthLowerDown*": "lowerlipdepressor*",
        "mouthPucker": "lippuckerleft + lippuckerright", "mouthFunnel": "lipfunnelerlb + lipfunnelerlt + lipfunnelerrb + lipfunnelerrt",
        "mouthRollLower": "lipsucklb + lipsuckrb", "mouthRollUpper": "lipsucklt + lipsuckrt", "mouthShrugLower": "chinraiserb",
        "mouthShrugUpper": "chinraisert", "eyeBlink*": "eyesclosed*", "eyeSquint*": "lidtightener*", "eyeWide*": "upperlidraiser*",
        "eyeLookUp*": "eyeslookup*", "eyeLookDown*": "eyeslookdown*", "browInnerUp": "innerbrowraiserleft + innerbrowraiserright",
        "browOuterUp*": "outerbrowraiser*", "browDown*": "browlowerer*", "cheekPuff": "cheekpuffleft + cheekpuffright",
        "cheekSquint*": "cheekraiser*", "noseSneer*": "nosewrinkler*",
    },
    minimum=4,
)  # fmt: skip
_UNIFIED = Dialect(
    "VRChat's unified expressions",
    "VRCFaceTracking: EyeClosedLeft, LipFunnelUpperLeft, MouthCornerPullLeft, MouthRaiserLower ...",
    {
        "mouthClose": "mouthclosed", "eyeBlink*": "eyeclosed*", "browInnerUp": "browinnerupleft + browinnerupright",
        "browDown*": "browlowerer* | browpinch*", "mouthSmile*": "mouthcornerpull* | mouthsmile*",
        "mouthFrown*": "mouthsad* | mouthcornerdepress*",
        "mouthFunnel": "lipfunnelupperleft + lipfunnelupperright + lipfunnellowerleft + lipfunnellowerright | lipfunnel",
        "mouthPucker": "lippuckerupperleft + lippuckerupperright + lippuckerlowerleft + lippuckerlowerright | lippucker",
        "mouthRollUpper": "lipsuckupperleft + lipsuckupperright | lipsuckupper",
        "mouthRollLower": "lipsucklowerleft + lipsucklowerright | lipsucklower",
        "mouthShrugUpper": "mouthraiserupper", "mouthShrugLower": "mouthraiserlower",
        "mouthLeft": "mouthupperleft", "mouthRight": "mouthupperright",
        "cheekPuff": "cheekpuffleft + cheekpuffright",
    },
    minimum=4,
)  # fmt: skip
_METAHUMAN = Dialect(
    "MetaHuman controls",
    "Unreal's MetaHuman: CTRL_expressions_mouthCornerPullL, _mouthLipsPurseUL, _browRaiseInL ...",
    {
        "jawForward": "jawfwd", "mouthSmile*": "mouthcornerpull*", "mouthFrown*": "mouthcornerdepress*",
        "mouthUpperUp*": "mouthupperlipraise*",
        "mouthLowerDown*": "mouthlowerlipdepress*", "noseSneer*": "nosewrinkle*", "cheekSquint*": "eyecheekraise*",
        "eyeSquint*": "eyesquintinner*", "browOuterUp*": "browraiseouter*",
        "browInnerUp": "browraiseinleft + browraiseinright", "cheekPuff": "mouthcheekblowleft + mouthcheekblowright",
        "mouthPucker": "mouthlipspurseul + mouthlipspurseur + mouthlipspursedl + mouthlipspursedr",
        "mouthFunnel": "mouthfunnelul + mouthfunnelur + mouthfunneldl + mouthfunneldr",
        "mouthRollUpper": "mouthupperliprollinleft + mouthupperliprollinright",
        "mouthRollLower": "mouthlowerliprollinleft + mouthlowerliprollinright",
        "mouthClose": "mouthlipstogetherul + mouthlipstogetherur + mouthlipstogetherdl + mouthlipstogetherdr",
        "mouthPress*": "mouthpressu* + mouthpressd*", "eyeWide*": "eyewiden* | eyeupperlidup*",
    },
    minimum=4,
)  # fmt: skip
_FUSE = Dialect(
    "Adobe Fuse shapes",
    "Mixamo's and Adobe's Fuse: Blink_Left, Smile_Left, JawForeward, MouthOpen, UpperLipUp_Left ...",
    {
        "jawOpen": "mouthopen", "eyeBlink*": "blink*", "mouthSmile*": "smile*", "mouthFrown*": "frown*", "browDown*": "browsdown*",
        "browOuterUp*": "browsup*", "browInnerUp": "browsoutlowerleft + browsoutlowerright", "jawForward": "jawforeward",
        "jawLeft": "jawleft", "jawRight": "jawright", "eyeWide*": "eyeswide*", "eyeSquint*": "squint*", "mouthUpperUp*": "upperlipup*",
        "mouthLowerDown*": "lowerlipdown*", "noseSneer*": "nosescrunch*", "cheekPuff": "cheekpuffleft + cheekpuffright",
        "mouthPucker": "mouthwhistlenarrowadjustleft + mouthwhistlenarrowadjustright",
        "mouthLeft": "midmouthleft", "mouthRight": "midmouthright",
        "tongueOut": "tongueup",
    },
    minimum=4,
)  # fmt: skip
_NUMBERED = Dialect(
    "Azure's numbered visemes",
    "Azure Speech and SAPI: viseme_0 ... viseme_21, one shape per ID (an ID is no index into Oculus' list)",
    {
        "viseme_sil": "viseme0", "viseme_aa": "viseme2", "viseme_O": "viseme8", "viseme_E": "viseme4", "viseme_I": "viseme6",
        "viseme_U": "viseme7", "viseme_RR": "viseme13", "viseme_nn": "viseme14", "viseme_SS": "viseme15", "viseme_CH": "viseme16",
        "viseme_TH": "viseme17", "viseme_FF": "viseme18", "viseme_DD": "viseme19", "viseme_kk": "viseme20", "viseme_PP": "viseme21",
    },
    minimum=13,
)  # fmt: skip
_MMD = Dialect(
    "MikuMikuDance shapes",
    "MMD models: あ い う え お mouths, まばたき blink",
    {
        **_vowels("あ", "い", "う", "え", "お"), "eyeBlinkLeft": "ウィンク | まばたき@left", "eyeBlinkRight": "ウィンク右 | まばたき@right",
        "browDown*": "怒り@*", "browInnerUp": "困る", "browOuterUp*": "上@*",
    },
    minimum=4, mouth_only_without="shapes",
)  # fmt: skip
_VOWELS = Dialect(
    "five vowel mouths", "anime rigs and VRM 0: A I U E O, often behind MTH_ or mouth_",
    {**_vowels("a", "i", "u", "e", "o"), "eyeBlink*": "blink* | blink@*"}, minimum=5,
    mouth_only_without="shapes", alone=True,
)  # fmt: skip
_VRM_WORDS = Dialect(
    "VRM 1 expression names", "VRM 1's presets as shape names: aa ih ou ee oh, blinkLeft, blinkRight",
    {**_vowels("aa", "ih", "ou", "ee", "oh"), "eyeBlink*": "blink* | blink@*"}, minimum=4, mouth_only_without="shapes",
)  # fmt: skip
_ONE_SHAPE = Dialect(
    "one shape that opens the mouth",
    "Ready Player Me's plain download (mouthOpen, mouthSmile) and simple rigs",
    {
        "jawOpen": "mouthopen | openmouth | jawdrop | jawopened | jawdown", "mouthSmile*": "mouthsmile@* | smile@*",
        "eyeBlink*": "eyesclosed@* | eyesclose@* | blink* | blink@* | eyeblink@*",
        "eyeLookUp*": "eyeslookup@*", "eyeLookDown*": "eyeslookdown@*",
    },
    minimum=2, mouth_only_without="opener",
    enough=frozenset({"mouthopen", "openmouth", "jawdrop", "jawopened", "jawdown", "eyesclosed"}),
)  # fmt: skip

#: in the order in which they are tried; what one has found, a later one leaves alone
DIALECTS: tuple[Dialect, ...] = (
    _NUMBERED, _VRCHAT, _VROID, _CC, _DAZ, _META, _UNIFIED, _METAHUMAN, _BARE_OCULUS, _CC_PAIRS, _CC3, _DAZ_SHORT, _FUSE, _MMD,
    _VRM_WORDS, _VOWELS, _ONE_SHAPE,
)  # fmt: skip
