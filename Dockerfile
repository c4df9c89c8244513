# syntax=docker/dockerfile:1

# --- packages and files for the browser; nothing of this stage but its results goes on ---
FROM python:3.13-slim AS build
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1 PYTHONDONTWRITEBYTECODE=1
RUN python -m venv /opt/kring
WORKDIR /app
COPY requirements.lock ./
RUN /opt/kring/bin/pip install --require-hashes --no-deps -r requirements.lock
COPY . .
# The key is for this one command: collecting files signs nothing.
RUN SECRET_KEY=only-while-building STATIC_ROOT=/app/staticfiles /opt/kring/bin/python manage.py collectstatic --no-input \
    && /opt/kring/bin/python -m compileall -q /opt/kring/lib /app

# --- the application: web, workers, beat and migrate are this image with another command ---
FROM python:3.13-slim AS app
ENV PATH=/opt/kring/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    DJANGO_SETTINGS_MODULE=herstel.settings \
    STATIC_ROOT=/app/staticfiles \
    MEDIA_ROOT=/data/media \
    EXPORT_ROOT=/data/export \
    EXPORT_WORK=/data/made \
    PROMETHEUS_MULTIPROC_DIR=/tmp/metrics
RUN groupadd --gid 10001 kring \
    && useradd --uid 10001 --gid kring --no-create-home --home-dir /nonexistent --shell /usr/sbin/nologin kring \
    && install -d -o kring -g kring -m 0700 /data/media /data/export /data/made
COPY --from=build /opt/kring /opt/kring
# Owned by root: the running program cannot change itself.
COPY --from=build /app /app
WORKDIR /app
USER 10001:10001
EXPOSE 8000
# More threads than processors: a request that waits for the database leaves room for another.
CMD ["granian", "--interface", "wsgi", "--host", "0.0.0.0", "--port", "8000", "--workers", "2", \
     "--blocking-threads", "4", "--no-ws", "herstel.wsgi:application"]

# --- the proxy: Caddy without the right to bind low ports, which it does not need here ---
FROM caddy:2-alpine AS proxy
RUN apk add --no-cache libcap-utils \
    && setcap -r /usr/bin/caddy \
    && apk del libcap-utils \
    && addgroup -g 10002 proxy \
    && adduser -D -H -u 10002 -G proxy proxy \
    && mkdir -p /data/caddy /config/caddy \
    && chown -R proxy:proxy /data /config
COPY deploy/Caddyfile /etc/caddy/Caddyfile
USER 10002:10002
EXPOSE 8080 8443

# What `docker build .` makes when nobody names a target.
FROM app
