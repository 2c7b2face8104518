"""The languages that Azure's recogniser can be asked for."""

from __future__ import annotations

from collections.abc import Sequence

#: of several the service finds out which is spoken
MOST = 4
_TAGS = """
en-US en-GB en-AU en-CA en-GH en-HK en-IE en-IN en-KE en-NG en-NZ en-PH en-SG en-TZ en-ZA af-ZA am-ET ar-AE ar-BH ar-DZ ar-EG
ar-IL ar-IQ ar-JO ar-KW ar-LB ar-LY ar-MA ar-OM ar-PS ar-QA ar-SA ar-SY ar-TN ar-YE as-IN az-AZ bg-BG bn-IN bs-BA ca-ES cs-CZ
cy-GB da-DK de-AT de-CH de-DE el-GR es-AR es-BO es-CL es-CO es-CR es-CU es-DO es-EC es-ES es-GQ es-GT es-HN es-MX es-NI es-PA
es-PE es-PR es-PY es-SV es-US es-UY es-VE et-EE eu-ES fa-IR fi-FI fil-PH fr-BE fr-CA fr-CH fr-FR ga-IE gl-ES gu-IN he-IL
hi-IN hr-HR hu-HU hy-AM id-ID is-IS it-CH it-IT ja-JP jv-ID ka-GE kk-KZ km-KH kn-IN ko-KR lo-LA lt-LT lv-LV mk-MK ml-IN mn-MN
mr-IN ms-MY mt-MT my-MM nb-NO ne-NP nl-BE nl-NL or-IN pa-IN pl-PL ps-AF pt-BR pt-PT ro-RO ru-RU si-LK sk-SK sl-SI so-SO sq-AL
sr-RS sv-SE sw-KE sw-TZ ta-IN te-IN th-TH tr-TR uk-UA ur-IN uz-UZ vi-VN wuu-CN yue-CN zh-CN zh-HK zh-TW zu-ZA
"""
#: BCP 47 tags of Microsoft's list of languages for speech to text, as of 2026; the service refuses what it does not know
LANGUAGES = tuple(_TAGS.split())


def asked_languages(languages: Sequence[str]) -> tuple[str, ...]:
    """What the service can be asked for: at most four, one of each tongue, the first of each; US English when there is none."""
    chosen: dict[str, str] = {}
    for tag in languages:
        chosen.setdefault(tag.split("-")[0].lower(), tag)
    return tuple(chosen.values())[:MOST] or ("en-US",)
