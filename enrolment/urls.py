"""Addresses of the enrolment pages."""

from django.urls import path

from enrolment.views import (
    confirmations,
    demo,
    desk,
    enrol,
    enrolments,
    imports,
    learner,
    messages,
    moves,
    nominations,
    people,
    recommendations,
    team,
    today,
)

app_name = "enrolment"
urlpatterns = [
    path("demo/mail/", demo.sent_mail, name="sent_mail"),
    path("demo/sign-in/", demo.demo_sign_in, name="demo_sign_in"),
    path("enrolments/", enrolments.enrolments, name="enrolments"),
    path("enrolments/desk/", desk.desk, name="desk"),
    path("enrolments/<uuid:public_id>/", enrolments.enrolment, name="enrolment"),
    path("enrolments/<uuid:public_id>/cancel/", moves.cancel, name="cancel"),
    path("enrolments/<uuid:public_id>/confirm/", confirmations.confirm, name="confirm"),
    path("enrolments/<uuid:public_id>/complete/", moves.complete, name="complete"),
    path("enrolments/<uuid:public_id>/plan/", enrol.plan, name="plan"),
    path("enrolments/<uuid:public_id>/withdraw/", moves.withdraw, name="withdraw"),
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
    path("people/import/", imports.import_people, name="import_people"),
    path("people/import/<uuid:public_id>/", imports.import_batch, name="import_batch"),
    path("people/import/<uuid:public_id>/refused.csv", imports.import_refused, name="import_refused"),
    path("people/import/people.csv", imports.import_template, name="import_template"),
    path("recommendations/", recommendations.recommendations, name="recommendations"),
    path("team/", team.my_team, name="my_team"),
    path("today/", today.today, name="today"),
]
