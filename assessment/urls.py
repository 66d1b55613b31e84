"""Addresses of the assessment pages."""

from django.urls import path

from assessment.views import answering, authoring, publishing, trying, versions

app_name = "assessment"
urlpatterns = [
    path("questionnaire/", answering.questionnaire, name="questionnaire"),
    path("questionnaire/for/<uuid:public_id>/", answering.questionnaire_for, name="questionnaire_for"),
    path("questionnaire/versions/", versions.versions, name="versions"),
    path("questionnaire/versions/draft/", versions.draft, name="draft"),
    path("questionnaire/versions/import/", versions.bring_in, name="bring_in"),
    path("questionnaire/versions/schema.json", versions.schema, name="schema"),
    path("questionnaire/versions/<uuid:public_id>/", versions.version, name="version"),
    path("questionnaire/versions/<uuid:public_id>/policy/", versions.policy, name="policy"),
    path("questionnaire/versions/<uuid:public_id>/export.json", versions.export, name="export"),
    path("questionnaire/versions/<uuid:public_id>/check/", publishing.check, name="check_version"),
    path("questionnaire/versions/<uuid:public_id>/publish/", publishing.publish, name="publish"),
    path("questionnaire/versions/<uuid:public_id>/discard/", publishing.discard, name="discard"),
    path("questionnaire/versions/<uuid:public_id>/arrange/", authoring.arrange, name="arrange"),
    path("questionnaire/versions/<uuid:public_id>/name/", authoring.name, name="rename"),
    path("questionnaire/versions/<uuid:public_id>/add-rule/", authoring.rule, name="add_rule"),
    path("questionnaire/versions/<uuid:public_id>/rules/<slug:place>/", authoring.rule, name="write_rule"),
    path("questionnaire/versions/<uuid:public_id>/add-question/", authoring.question, name="add_question"),
    path("questionnaire/versions/<uuid:public_id>/questions/<slug:code>/", authoring.question, name="write_question"),
    path(
        "questionnaire/versions/<uuid:public_id>/questions/<slug:code>/add-answer/",
        authoring.option,
        name="add_option",
    ),
    path(
        "questionnaire/versions/<uuid:public_id>/questions/<slug:code>/<slug:option>/",
        authoring.option,
        name="write_option",
    ),
    path("questionnaire/<uuid:public_id>/check/", answering.check, name="check"),
    path("questionnaire/<uuid:public_id>/result/", answering.result, name="result"),
    path("questionnaire/<uuid:public_id>/<slug:code>/", answering.question, name="question"),
    path("which-is-for-me/", trying.which_is_for_me, name="try"),
]
