"""What went wrong at the Speech service, in one sentence each; for the voices, the recogniser and the check of the keys."""

from __future__ import annotations

import re

_AZURE = "Azure's Speech service"
#: by the SDK's CancellationErrorCode
_SENTENCES = {
    "AuthenticationFailure": f"{_AZURE} refused the key; check that it is a key of a resource in that region, and that the resource still"
    " exists.",
    "Forbidden": f"{_AZURE} does not allow this key to be used here; check the resource's network rules, its pricing tier, and the role of"
    " your account.",
    "BadRequest": f"{_AZURE} did not understand the request; check the voice's name, its style and the SSML, if you typed some.",
    "TooManyRequests": f"{_AZURE} refuses more requests for now: the quota or the rate of your resource is used up; wait a minute, or raise"
    " its tier.",
    "ConnectionFailure": f"{_AZURE} cannot be reached, or the connection was lost; check the network, the proxy, and the spelling of"
    " the region, and try again.",
    "ServiceTimeout": f"{_AZURE} did not answer in time; check the network and try again.",
    "ServiceError": f"{_AZURE} failed; try again in a minute, and check the region or the endpoint if it stays so.",
    "ServiceUnavailable": f"{_AZURE} is not available at the moment; try again in a minute.",
    "ServiceRedirectTemporary": f"{_AZURE} has moved for the moment; try again in a minute.",
    "ServiceRedirectPermanent": f"{_AZURE} has moved; copy the endpoint anew from the page of your Speech resource.",
    "RuntimeError": "Azure's Speech SDK failed on this machine; restart the program, and install azure-cognitiveservices-speech anew if it"
    " stays so.",
}  # fmt: skip
_OTHER = f"{_AZURE} stopped for a reason that it did not name; try again."

PROXY = "The proxy between this machine and Azure refused the connection; check the address and the password in HTTPS_PROXY."
CLOCK = "The secure connection to Azure failed over a date: this machine's clock seems to be wrong; set it right and try again."
CERTIFICATE = "The secure connection to Azure could not be verified; check whether a proxy or a virus scanner replaces its certificate."
NO_SUCH_PLACE = (
    "There is no Speech service at that name; check the spelling of the region (like westeurope) or the endpoint, and the network."
)
NOT_FOUND = (
    "The address is not one of a Speech service, or the voice does not exist there; check the endpoint, the region and the voice's name."
)
EXPIRED = "The sign-in to Azure has expired or is not valid yet; sign in again, and check this machine's clock."
QUOTA = "The quota of your Speech resource is used up; wait until it is renewed, or raise its pricing tier."

#: what the SDK makes of HTTP's numbers
_CODES = {
    400: "BadRequest", 401: "AuthenticationFailure", 403: "Forbidden", 408: "ServiceTimeout", 429: "TooManyRequests",
    503: "ServiceUnavailable",
}  # fmt: skip
#: the details tell more than the code, where they hold such words; the first that fits counts
_CLUES: tuple[tuple[str, str], ...] = (
    (r"proxy|\b407\b", PROXY),
    (r"certificate.*(expired|not yet valid)|clock|time ?skew", CLOCK),
    (r"token.*(expired|not yet valid)|expired.*token", EXPIRED),
    (r"certificate|\bSSL\b|\bTLS\b", CERTIFICATE),
    (r"quota.*(exceeded|reached|used up)|out of call volume", QUOTA),
    (r"resolve|DNS|name or service not known|getaddrinfo|no such host", NO_SUCH_PLACE),
    (r"\b404\b|not found", NOT_FOUND),
    (r"\b403\b", _SENTENCES["Forbidden"]),
    (r"\b401\b", _SENTENCES["AuthenticationFailure"]),
)


def sentence_of(code: str, details: str = "") -> str:
    """What to tell the user.

    Args:
        code: name of the SDK's ``CancellationErrorCode`` (``AuthenticationFailure``).
        details: the SDK's text; looked at, and never repeated: it may hold addresses.

    Returns:
        One sentence: what is wrong and what to do.
    """
    for clue, sentence in _CLUES:
        if re.search(clue, details, re.IGNORECASE):
            return sentence
    return _SENTENCES.get(code, _OTHER)


def sentence_of_status(status: int, details: str = "") -> str:
    """The same for an answer by plain HTTP.

    Args:
        status: HTTP's number.
        details: of the answer.
    """
    codes = {
        400: "BadRequest",
        401: "AuthenticationFailure",
        403: "Forbidden",
        408: "ServiceTimeout",
        429: "TooManyRequests",
        503: "ServiceUnavailable",
    }
    return {404: NOT_FOUND, 407: PROXY}.get(status) or sentence_of(codes.get(status, "ServiceError"), details)
