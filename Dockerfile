# The server alone: no window, no sound device. Build: docker build -t visemesync-server .
# Run: docker run --gpus all -p 8000:8000 -e VISEMESYNC_TOKEN=... visemesync-server
FROM python:3.11-slim
RUN apt-get update && apt-get install -y --no-install-recommends libsndfile1 && rm -rf /var/lib/apt/lists/*
WORKDIR /srv/visemesync
COPY pyproject.toml README.md LICENSE ./
COPY app app
COPY models models
COPY assets assets
COPY docs/guide.md docs/guide.md
RUN pip install --no-cache-dir '.[server,a2f]' && useradd --create-home server
USER server
EXPOSE 8000
HEALTHCHECK --start-period=60s CMD python -c "import urllib.request as u; u.urlopen('http://127.0.0.1:8000/v1/health/ready', timeout=4)"
ENTRYPOINT ["python", "-m", "app", "serve", "--host", "0.0.0.0"]
