"""Addresses of the assessment pages."""

from django.urls import path

from assessment.views import answering, published, trying

app_name = "assessment"
urlpatterns = [
    path("questionnaire/", answering.questionnaire, name="questionnaire"),
    path("questionnaire/for/<uuid:public_id>/", answering.questionnaire_for, name="questionnaire_for"),
    path("questionnaire/published/", published.published, name="published"),
    path("questionnaire/<uuid:public_id>/check/", answering.check, name="check"),
    path("questionnaire/<uuid:public_id>/result/", answering.result, name="result"),
    path("questionnaire/<uuid:public_id>/<slug:code>/", answering.question, name="question"),
    path("which-is-for-me/", trying.which_is_for_me, name="try"),
]
