# The server alone: what it imports and nothing of the window, a user without rights. On a processor it needs no torch:
#   docker build -t visemesync-server .
# For cards of NVIDIA's, and for NVIDIA's own bundles:
#   docker build --build-arg REQUIREMENTS=requirements-cuda.txt -t visemesync-server:cuda .
# Run: docker run --gpus all -p 8000:8000 -e VISEMESYNC_TOKEN=... visemesync-server:cuda     (docs/server.md, docs/deploy/compose.yaml)
FROM python:3.11.14-slim-bookworm@sha256:65a93d69fa75478d554f4ad27c85c1e69fa184956261b4301ebaf6dbb0a3543d AS build
ARG REQUIREMENTS=requirements.txt
WORKDIR /src
COPY assets/locks/server.txt assets/locks/
COPY a2f-server/requirements.txt a2f-server/requirements-cuda.txt a2f-server/
# the versions that were tested, by their hashes; what CUDA asks beside them comes in pyproject.toml's range
RUN python -m venv --without-pip /opt/visemesync && pip --python /opt/visemesync/bin/python install --no-cache-dir \
    --require-hashes --only-binary :all: -r assets/locks/server.txt && \
    pip --python /opt/visemesync/bin/python install --no-cache-dir -r "a2f-server/${REQUIREMENTS}"
COPY pyproject.toml README.md LICENSE ./
COPY docs/guide.md docs/
COPY assets/avatar.glb assets/avatar_man.glb assets/avatar_stylised.glb assets/prices.toml assets/updates.txt assets/
COPY assets/icons assets/icons
COPY assets/licences assets/licences
COPY assets/personas assets/personas
COPY models models
COPY app app
RUN pip --python /opt/visemesync/bin/python install --no-cache-dir --no-deps .

FROM python:3.11.14-slim-bookworm@sha256:65a93d69fa75478d554f4ad27c85c1e69fa184956261b4301ebaf6dbb0a3543d
RUN useradd --uid 10001 --create-home --shell /usr/sbin/nologin server
COPY --from=build /opt/visemesync /opt/visemesync
# the server writes there how it is reached, and the health check asks that address: whatever port, host and TLS it was given
ENV PATH=/opt/visemesync/bin:/usr/local/bin:/usr/bin:/bin PYTHONUNBUFFERED=1 NVIDIA_DRIVER_CAPABILITIES=compute,utility VISEMESYNC_WHERE=/tmp/visemesync-server.json
WORKDIR /home/server
USER server
EXPOSE 8000
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=30s --timeout=5s --start-period=60s --retries=3 CMD ["python", "-m", "app.remote.server.whereabouts"]
ENTRYPOINT ["python", "-m", "app", "serve", "--host", "0.0.0.0"]
