"""Addresses of the enrolment pages."""

from django.urls import path

from enrolment.views import (
    demo,
    enrol,
    enrolment,
    enrolments,
    handoff,
    impact,
    imports,
    learner,
    messages,
    moves,
    nominations,
    paths,
    people,
    recommendations,
    team,
    today,
)
from enrolment.views.ways import WAYS

app_name = "enrolment"
urlpatterns = [
    path("demo/mail/", demo.sent_mail, name="sent_mail"),
    path("demo/sign-in/", demo.demo_sign_in, name="demo_sign_in"),
    path("enrolments/", enrolments.enrolments, name="enrolments"),
    path("enrolments/<uuid:public_id>/", enrolment.enrolment, name="enrolment"),
    path("enrolments/<uuid:public_id>/accept/", enrolment.accept, name="accept"),
    path("enrolments/<uuid:public_id>/impact/", impact.impact, name="impact"),
    path("enrolments/<uuid:public_id>/plan/", enrol.plan, name="plan"),
    path("enrolments/hand-off/", handoff.handoff, name="handoff"),
    path("messages/", messages.messages, name="messages"),
    path("messages/<uuid:public_id>/", messages.message, name="message"),
    path("my-programme/", learner.my_programme, name="my_programme"),
    path("nominations/", nominations.nominations, name="nominations"),
    path("nominations/<uuid:public_id>/", nominations.nomination, name="nomination"),
    path("nominations/<uuid:public_id>/decide/", nominations.decide_nomination, name="decide_nomination"),
    path("nominations/<uuid:public_id>/retract/", nominations.retract_nomination, name="retract_nomination"),
    path("nominations/new/", nominations.nominate, name="nominate"),
    path("people/", people.people, name="people"),
    path("people/<uuid:public_id>/", people.person, name="person"),
    path("people/<uuid:public_id>/access/", people.access, name="give_access"),
    path("people/<uuid:public_id>/decide/", recommendations.decide, name="decide"),
    path("people/<uuid:public_id>/enrol/", enrol.enrol, name="enrol"),
    path("people/<uuid:public_id>/path/", paths.plan_path, name="plan_path"),
    path("people/import/", imports.import_people, name="import_people"),
    path("people/import/<uuid:public_id>/", imports.import_batch, name="import_batch"),
    path("people/import/<uuid:public_id>/refused.csv", imports.import_refused, name="import_refused"),
    path("people/import/people.csv", imports.import_template, name="import_template"),
    path("recommendations/", recommendations.recommendations, name="recommendations"),
    path("reports/impact/", impact.impact_report, name="impact_report"),
    path("team/", team.my_team, name="my_team"),
    path("today/", today.today, name="today"),
    *(path(f"enrolments/<uuid:public_id>/{name}/", moves.page_of(name), name=name) for name in WAYS),
]
