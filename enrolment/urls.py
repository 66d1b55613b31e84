"""Addresses of the enrolment pages."""

from django.urls import path

from enrolment.views import enrol, enrolments, moves, recommendations, today

app_name = "enrolment"
urlpatterns = [
    path("enrolments/", enrolments.enrolments, name="enrolments"),
    path("enrolments/<uuid:public_id>/", enrolments.enrolment, name="enrolment"),
    path("enrolments/<uuid:public_id>/cancel/", moves.cancel, name="cancel"),
    path("enrolments/<uuid:public_id>/complete/", moves.complete, name="complete"),
    path("enrolments/<uuid:public_id>/plan/", enrol.plan, name="plan"),
    path("enrolments/<uuid:public_id>/start/", moves.start, name="start"),
    path("enrolments/<uuid:public_id>/withdraw/", moves.withdraw, name="withdraw"),
    path("people/<uuid:public_id>/decide/", recommendations.decide, name="decide"),
    path("people/<uuid:public_id>/enrol/", enrol.enrol, name="enrol"),
    path("recommendations/", recommendations.recommendations, name="recommendations"),
    path("today/", today.today, name="today"),
]
