"""Whether this process answers, and whether it can do its work: for load balancers and whoever is on call."""

from contextlib import closing

from django.conf import settings
from django.db import Error, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from redis import Redis, RedisError


@never_cache
@require_safe
def livez(request: HttpRequest) -> JsonResponse:
    """This process answers. Asks nothing else, so a database that is down does not get web processes killed."""
    return JsonResponse({"status": "alive"})


@never_cache
@require_safe
def readyz(request: HttpRequest) -> JsonResponse:
    """Ready (200) when the database answers and has every migration, else 503.

    The broker is a detail: without it every page works and reminders leave later, so it never makes a process unready.
    """
    details = {"database": _database(), "broker": _broker()}
    is_ready = details["database"] == "ready"
    body = {"status": "ready" if is_ready else "not ready", "details": details}
    return JsonResponse(body, status=200 if is_ready else 503)


def _database() -> str:
    try:
        executor = MigrationExecutor(connection)
        missing = executor.migration_plan(executor.loader.graph.leaf_nodes())
    except Error:
        return "does not answer"
    return f"{len(missing)} migrations missing" if missing else "ready"


def _broker() -> str:
    try:
        with closing(Redis.from_url(settings.REDIS_URL, socket_timeout=1, socket_connect_timeout=1)) as client:
            client.ping()
    except RedisError:
        return "does not answer; reminders wait until it does"
    return "ready"
