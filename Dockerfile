# The server alone: no window, no sound device, a user without rights. On a processor it needs no torch:
#   docker build -t visemesync-server .
# For cards of NVIDIA's, and for NVIDIA's own bundles:
#   docker build --build-arg EXTRAS=server,a2f -t visemesync-server:cuda .
# Run: docker run --gpus all -p 8000:8000 -e VISEMESYNC_TOKEN=... visemesync-server:cuda     (docs/server.md, docs/compose.yaml)
FROM python:3.11.14-slim-bookworm@sha256:65a93d69fa75478d554f4ad27c85c1e69fa184956261b4301ebaf6dbb0a3543d AS build
ARG EXTRAS=server
WORKDIR /src
COPY pyproject.toml README.md LICENSE ./
COPY assets/locks/lite.txt assets/locks/
COPY docs/guide.md docs/
COPY assets/avatar.glb assets/avatar_man.glb assets/prices.toml assets/updates.txt assets/
COPY assets/icons assets/icons
COPY assets/licences assets/licences
COPY assets/personas assets/personas
COPY models models
COPY app app
# the versions that were tested; the window's libraries go again, nothing of the server opens one
RUN python -m venv /opt/visemesync && grep == assets/locks/lite.txt | tr -d '\\' > constraints.txt && \
    /opt/visemesync/bin/pip install --no-cache-dir -c constraints.txt ".[${EXTRAS}]" && \
    /opt/visemesync/bin/pip uninstall -y PySide6-Essentials shiboken6 pyqtgraph

FROM python:3.11.14-slim-bookworm@sha256:65a93d69fa75478d554f4ad27c85c1e69fa184956261b4301ebaf6dbb0a3543d
RUN useradd --uid 10001 --create-home --shell /usr/sbin/nologin server
COPY --from=build /opt/visemesync /opt/visemesync
ENV PATH=/opt/visemesync/bin:/usr/local/bin:/usr/bin:/bin PYTHONUNBUFFERED=1 NVIDIA_DRIVER_CAPABILITIES=compute,utility
WORKDIR /home/server
USER server
EXPOSE 8000
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=30s --timeout=5s --start-period=60s --retries=3 CMD ["python", "-c", "import http.client as h; c = h.HTTPConnection('127.0.0.1', 8000, timeout=4); c.request('GET', '/v1/health/ready'); raise SystemExit(c.getresponse().status != 200)"]
ENTRYPOINT ["python", "-m", "app", "serve", "--host", "0.0.0.0"]
