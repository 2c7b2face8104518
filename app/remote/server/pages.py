"""What is fetched rather than streamed: readiness, metrics, the browser client and the demo page."""

from __future__ import annotations

from pathlib import Path

from fastapi import APIRouter, Request
from starlette.responses import FileResponse, HTMLResponse, JSONResponse, RedirectResponse, Response

from app.core.shipped import shipped
from app.remote.server.state import state_of

router = APIRouter()
WEB = Path(__file__).resolve().parents[1] / "web"
AVATAR = shipped("assets/avatar.glb")
_SCRIPT = "text/javascript; charset=utf-8"
_FRESH = {"Cache-Control": "no-cache"}


@router.get("/v1/health/ready", tags=["operation"], response_model=None)
async def ready(request: Request) -> JSONResponse:
    """200 while voices are served, 503 before and while stopping."""
    server = state_of(request)
    return JSONResponse({"ready": server.ready}, 200 if server.ready else 503)


@router.get("/metrics", tags=["operation"], response_model=None)
async def metrics(request: Request) -> Response:
    """Figures for Prometheus."""
    return Response(state_of(request).metrics.text(), media_type="text/plain; version=0.0.4; charset=utf-8")


def client_script() -> str:
    """The browser client."""
    return (WEB / "audio2face-client.js").read_text("utf-8")


def services_script() -> str:
    """The conversation in the browser."""
    return (WEB / "azure-services-a2f.js").read_text("utf-8")


@router.get("/audio2face-client.js", tags=["browser"], response_model=None)
async def classic_script() -> Response:
    """The browser client as a classic script: sets ``window.Audio2FaceClient``."""
    return Response(client_script(), media_type=_SCRIPT, headers=_FRESH)


@router.get("/audio2face-client.mjs", tags=["browser"], response_model=None)
async def module_script() -> Response:
    """The browser client as an ES module: exports ``Audio2FaceClient``, also as default."""
    module = "\nexport { Audio2FaceClient };\nexport default Audio2FaceClient;\n"
    return Response(client_script() + module, media_type=_SCRIPT, headers=_FRESH)


@router.get("/azure-services-a2f.js", tags=["browser"], response_model=None)
async def classic_services() -> Response:
    """The conversation as a classic script, after the client's: sets ``window.AzureServicesA2F``."""
    return Response(services_script(), media_type=_SCRIPT, headers=_FRESH)


@router.get("/azure-services-a2f.mjs", tags=["browser"], response_model=None)
async def module_services() -> Response:
    """The conversation as an ES module: exports ``AzureServicesA2F``, also as default."""
    module = "\nexport { AzureServicesA2F };\nexport default AzureServicesA2F;\n"
    return Response(services_script() + module, media_type=_SCRIPT, headers=_FRESH)


@router.get("/conversation", include_in_schema=False, response_model=None)
async def conversation_redirect() -> Response:
    """To the page's folder."""
    return RedirectResponse("conversation/")


@router.get("/conversation/", tags=["browser"], response_model=None)
async def conversation() -> Response:
    """A page on which one talks with the default avatar."""
    return HTMLResponse((WEB / "conversation.html").read_text("utf-8"), headers=_FRESH)


@router.get("/conversation/speech-sdk.js", tags=["browser"], response_model=None)
async def speech_sdk() -> Response:
    """Azure's Speech SDK as npm installs it: sets ``window.SpeechSDK``; the page works without it, but then no visemes come."""
    name = "microsoft.cognitiveservices.speech.sdk.bundle-min.js"
    file = WEB / "node_modules" / "microsoft-cognitiveservices-speech-sdk" / "distrib" / "browser" / name
    if not file.is_file():
        return JSONResponse({"detail": "Azure's Speech SDK is not installed for the page; run npm install in app/remote/web."}, 404)
    return FileResponse(file, media_type=_SCRIPT)


@router.get("/demo", include_in_schema=False, response_model=None)
async def demo_redirect() -> Response:
    """To the page's folder."""
    return RedirectResponse("demo/")


@router.get("/demo/", tags=["browser"], response_model=None)
async def demo() -> Response:
    """A page that shows the default avatar and speaks a sound file."""
    return HTMLResponse((WEB / "demo.html").read_text("utf-8"), headers=_FRESH)


@router.get("/demo/avatar.glb", tags=["browser"], response_model=None)
async def avatar() -> Response:
    """The default avatar."""
    if not AVATAR.is_file():
        return JSONResponse({"detail": "The default avatar is not part of this installation; build it with assets/build_avatar.py."}, 404)
    return FileResponse(AVATAR, media_type="model/gltf-binary")


@router.get("/demo/three/{path:path}", tags=["browser"], response_model=None)
async def three(path: str) -> Response:
    """three.js as npm installs it (docs/server.md)."""
    root = (WEB / "node_modules" / "three").resolve()
    file = (root / path).resolve() if path.isprintable() else root
    if not file.is_relative_to(root) or not file.is_file() or file.suffix != ".js":
        detail = "three.js is not installed for the demo page; run npm install in app/remote/web."
        return JSONResponse({"detail": detail}, 404)
    return FileResponse(file, media_type=_SCRIPT)
