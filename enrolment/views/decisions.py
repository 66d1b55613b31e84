"""The report on decisions and rules: where deciders differ from the rules, and how healthy each rule is."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from assessment.queries import health as healths
from enrolment.queries import decisions as queries
from people.access import hr_required
from people.reach import reads_everybody


@hr_required
@require_safe
def decisions_report(request: HttpRequest) -> HttpResponse:
    """By programme, by rule, by department; ``?version=`` shows the rules and questions of an earlier version."""
    user = request.user
    assert user.is_authenticated
    versions = queries.versions()
    wanted = request.GET.get("version", "")
    version = next((one for one in versions if str(one.version) == wanted), versions[0] if versions else None)
    programmes = queries.by_programme(user)
    is_everywhere = reads_everybody(user)  # what a rule did is told of everybody, or of nobody
    questions = healths.questions(version) if version and is_everywhere else []
    waiting, decided = queries.by_hand(user)
    health = healths.health(version) if version and is_everywhere else []
    context = {
        "programmes": programmes,
        "total": queries.together("Together", programmes),
        "departments": queries.by_department(user),
        "moved": queries.moved(user),
        "by_hand": waiting,
        "by_hand_decided": decided,
        "versions": versions,
        "version": version,
        "is_everywhere": is_everywhere,
        "health_rows": [(line, "", "") for line in health],
        "questions": questions,
        "idle": healths.idle(questions),
    }
    return render(request, "enrolment/decisions_report.html", context)
