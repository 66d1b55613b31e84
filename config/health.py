"""Whether this process answers, and whether it can do its work: for load balancers and whoever is on call."""

from contextlib import closing

from django.conf import settings
from django.db import Error, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from redis import Redis, RedisError

from enrolment.queries.runs import mail_delay, promise
from people.clock import now


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
    Nor does a broken promise: no other process would know better.
    """
    database = _database()
    is_ready = database == "ready"
    details = {"database": database, "broker": _broker(), "promise": _promise() if is_ready else "not known"}
    details["mail"] = _mail() if is_ready else "not known"
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


def _promise() -> str:
    """What the latest proof says, and whether the nightly one is missing where nights are expected."""
    try:
        stands = promise(now=now(), is_expected=not settings.LOOPBACK)
    except Error:
        return "not known"
    if stands.is_broken and stands.proof:
        return f"broken: the proof of {stands.proof.at:%Y-%m-%d %H:%M} UTC found {stands.found}; prove lists them"
    if stands.missing_since:
        return f"not proved since {stands.missing_since:%Y-%m-%d %H:%M} UTC; is a worker running?"
    return "proved" if stands.proof else "not proved yet"


def _mail() -> str:
    """Whether mail leaves in time, and what the mail server said last."""
    try:
        late = mail_delay(now=now(), hours=settings.MAIL_HOURS)
    except Error:
        return "not known"
    if late is None:
        return "in time"
    why = late.why or "is a worker running?"
    return f"{late.count} late, the oldest due on {late.since:%Y-%m-%d}; {why}"
