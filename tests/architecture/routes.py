"""The one table of every route: for each method and role, in relation to the learner's things, what is answered.

Columns: visitor · learner (own) · manager (team) · other (neither) · HR · administrator. Cells: ``200`` a page,
``sign-in`` a redirect to the sign-in page, ``there`` a redirect to anywhere else, ``403`` not for this role, ``404``
invisible to this person, ``405`` no such method. HEAD answers as GET; PUT, PATCH and DELETE are refused everywhere.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from enrolment.views.ways import WAYS
from tests.architecture.world import ROLES, World

PAGE, THERE, HIDDEN, NOT_YOURS, NO_METHOD = "200", "there", "404", "403", "405"


def cells(text: str) -> dict[str, str]:
    """One answer for each role, in the order of the columns."""
    answers = text.split()
    assert len(answers) == len(ROLES), text
    return dict(zip(ROLES, answers, strict=True))


EVERYBODY = "200 200 200 200 200 200"
NOTHING_HERE = "404 404 404 404 404 404"  # in demo mode only
SIGNED_IN = "sign-in 200 200 200 200 200"
HR_ONLY = "sign-in 403 403 403 200 200"
DECIDES = "sign-in 403 403 403 200 403"  # administrators read what HR reads, and decide nothing
HR_POST_ONLY = "sign-in 403 403 403 405 405"
DECIDES_POST_ONLY = "sign-in 403 403 403 405 403"
MANAGERS = "sign-in 403 200 403 200 200"
OWN_AND_TEAM = "sign-in 200 200 404 200 200"
TEAM = "sign-in 404 200 404 200 200"


TO_SELF = "sign-in there there there there there"  # back to one's own page, or to prove first that it is oneself
NOTHING_OF_THEIRS = "sign-in 404 404 404 404 404"  # a thing that this person has not set up


@dataclass(frozen=True)
class Route:
    """What a route answers; ``at`` gives its arguments from the world, ``query`` its query string, ``data`` a POST."""

    get: str
    post: str = ""  # empty: there is nothing to post
    at: Callable[[World], dict[str, Any]] = lambda world: {}
    query: Callable[[World], str] = lambda world: ""
    data: dict[str, str] = field(default_factory=dict)
    is_ours: bool = True  # allauth's answer other methods in their own way, and change nothing
    is_list: bool = False  # its number of queries may not grow with its rows
    counts: int = 0  # heaps that are counted, with one bounded query each, once they are more than is shown
    unlinked: str = ""  # why no page links to it, if none does
    unlinked_for: tuple[str, ...] = ()  # roles that may read it and have no reason to be shown the way


def of(name: str) -> Callable[[World], dict[str, Any]]:
    """The address of one of the world's things, by its public id."""
    return lambda world: {"public_id": world.made[name].public_id}


def of_learner(world: World) -> dict[str, Any]:
    """The learner's own page."""
    return {"public_id": world.learner.public_id}


def part_of_draft(**part: str) -> Callable[[World], dict[str, Any]]:
    """A part of the draft that is being written, by its code or place."""
    return lambda world: {"public_id": world.made["draft"].public_id, **part}


PROBE = "asked by machines"
BY_FORM = "a form's target, never a page"
BY_MAIL = "reached from a mail"
IN_PASSING = "a step of signing in that nobody visits by itself"

ROUTES: dict[str, Route] = {
    # Machines
    "livez": Route(get=EVERYBODY, unlinked=PROBE),
    "readyz": Route(get=EVERYBODY, unlinked=PROBE),
    # Everybody
    "programmes:home": Route(get="200 there there there there there"),
    "programmes:compare": Route(get=EVERYBODY),
    "programmes:programme": Route(get=EVERYBODY, at=lambda world: {"code": "ai-governance"}),
    "assessment:try": Route(get=EVERYBODY),
    "enrolment:demo_sign_in": Route(get=NOTHING_HERE, post=NOTHING_HERE, unlinked=BY_FORM),
    # The learner
    "enrolment:my_programme": Route(get=SIGNED_IN, unlinked_for=("hr", "administrator")),
    "enrolment:my_nomination": Route(
        get="sign-in 200 404 404 404 404", post="sign-in 200 404 404 404 404", at=of("nomination")
    ),
    "assessment:questionnaire": Route(get=SIGNED_IN, post="sign-in there there there 200 200"),
    "assessment:question": Route(
        get="sign-in 200 200 404 200 200",
        post="sign-in 200 200 404 200 200",
        at=lambda world: {"public_id": world.made["response_under_way"].public_id, "code": "does"},
    ),
    "assessment:check": Route(
        get="sign-in there there 404 there there",
        post="sign-in there there 404 there there",
        at=of("response_under_way"),
    ),
    "assessment:result": Route(get=OWN_AND_TEAM, at=of("response")),
    "enrolment:impact": Route(get=OWN_AND_TEAM, post=OWN_AND_TEAM, at=of("completed")),
    "enrolment:ask_second_look": Route(
        get="sign-in 200 200 404 200 404", post="sign-in 200 200 404 200 404", at=of_learner
    ),
    "enrolment:second_look": Route(get=OWN_AND_TEAM, at=of("second_look")),
    "enrolment:complain": Route(get=SIGNED_IN, post=SIGNED_IN),
    "enrolment:complaint": Route(get="sign-in 200 404 404 200 200", at=of("complaint")),
    # The manager
    "enrolment:my_team": Route(get=MANAGERS, is_list=True, unlinked_for=("hr", "administrator")),
    "enrolment:nominations": Route(get=MANAGERS, is_list=True),
    "enrolment:nominate": Route(get=MANAGERS, post=MANAGERS),
    "enrolment:nominate_many": Route(get=MANAGERS, post=MANAGERS),
    "enrolment:nomination": Route(get=TEAM, at=of("nomination")),
    "assessment:questionnaire_for": Route(get=TEAM, post="sign-in 404 there 404 there there", at=of_learner),
    # HR
    "enrolment:today": Route(get=HR_ONLY, is_list=True, counts=2),
    "enrolment:night": Route(get=HR_ONLY, is_list=True),
    "enrolment:people": Route(get=HR_ONLY, is_list=True),
    "enrolment:person": Route(get=OWN_AND_TEAM, at=of_learner, unlinked_for=("learner",)),
    "enrolment:give_access": Route(
        get=HR_POST_ONLY, post="sign-in 403 403 403 there there", at=of_learner, unlinked=BY_FORM
    ),
    "enrolment:add_person": Route(get=DECIDES, post=DECIDES),
    "enrolment:edit_person": Route(get=DECIDES, post=DECIDES, at=of_learner),
    "enrolment:leave_person": Route(get=DECIDES, post=DECIDES, at=of_learner),
    "enrolment:merge_person": Route(get=DECIDES, post=DECIDES, at=of_learner),
    "enrolment:return_person": Route(
        get=DECIDES, post=DECIDES, at=of_learner, unlinked="linked where somebody has left: a journey walks there"
    ),
    "enrolment:import_people": Route(get=HR_ONLY, post=HR_ONLY),
    "enrolment:import_batch": Route(get=HR_ONLY, post="sign-in 403 403 403 there there", at=of("batch")),
    "enrolment:import_refused": Route(get=HR_ONLY, at=of("batch")),
    "enrolment:import_columns": Route(
        get="sign-in 403 403 403 there there",
        post="sign-in 403 403 403 there there",
        at=of("batch"),
        unlinked="a step of loading a file, which a file with our own columns passes by",
    ),
    "enrolment:import_leavers": Route(
        get=HR_POST_ONLY, post="sign-in 403 403 403 there there", at=of("batch"), unlinked=BY_FORM
    ),
    "enrolment:import_undo": Route(
        get=HR_POST_ONLY, post="sign-in 403 403 403 there there", at=of("batch"), unlinked=BY_FORM
    ),
    "enrolment:import_template": Route(get=HR_ONLY),
    "enrolment:decide": Route(get=DECIDES, post=DECIDES, at=of_learner),
    "enrolment:enrol": Route(get=DECIDES, post=DECIDES, at=of_learner),
    "enrolment:plan_path": Route(get=DECIDES, post=DECIDES, at=of_learner),
    "enrolment:recommendations": Route(get=HR_ONLY, is_list=True),
    "enrolment:decide_many": Route(
        get=DECIDES,
        post="sign-in 403 403 403 there 403",
        query=lambda world: f"?pick={world.made['recommendation'].public_id}",
    ),
    "enrolment:second_looks": Route(get=HR_ONLY, is_list=True),
    "enrolment:close_second_look": Route(get=DECIDES, post=DECIDES, at=of("second_look")),
    "enrolment:name_reviewer": Route(get=HR_ONLY, post=HR_ONLY, at=of("second_look")),
    "enrolment:complaints": Route(get=HR_ONLY, is_list=True),
    "enrolment:answer_complaint": Route(get=HR_ONLY, post=HR_ONLY, at=of("complaint")),
    "enrolment:enrol_many": Route(get=DECIDES, post=DECIDES),
    "enrolment:import_enrolments": Route(get=DECIDES, post=DECIDES),
    "enrolment:enrolment_batch": Route(get=DECIDES, post="sign-in 403 403 403 there 403", at=of("enrolments_batch")),
    "enrolment:enrolments_refused": Route(get=DECIDES, at=of("enrolments_batch")),
    "enrolment:enrolments_template": Route(get=DECIDES),
    "enrolment:import_responses": Route(get=DECIDES, post=DECIDES),
    "enrolment:responses_batch": Route(get=DECIDES, post="sign-in 403 403 403 there 403", at=of("responses_batch")),
    "enrolment:responses_refused": Route(get=DECIDES, at=of("responses_batch")),
    "enrolment:responses_template": Route(get=DECIDES),
    "enrolment:bulk": Route(get=DECIDES, post=DECIDES),
    "enrolment:bulk_batch": Route(get=DECIDES, post="sign-in 403 403 403 there 403", at=of("moves_batch")),
    "enrolment:bulk_refused": Route(get=DECIDES, at=of("moves_batch")),
    "enrolment:enrolments": Route(get=HR_ONLY, is_list=True),
    "enrolment:desk": Route(get=HR_ONLY, post=DECIDES, is_list=True, counts=3),
    "enrolment:confirm": Route(get=DECIDES, post=DECIDES, at=of("enrolment")),
    "enrolment:handoff": Route(get=HR_ONLY, post="sign-in 403 403 403 there 403", is_list=True),
    "enrolment:enrolment": Route(get=OWN_AND_TEAM, at=of("enrolment")),
    **{f"enrolment:{move}": Route(get=DECIDES, post=DECIDES, at=of("enrolment")) for move in WAYS},
    "enrolment:accept": Route(
        get="sign-in 403 403 403 405 403", post="sign-in 403 403 403 there 403", at=of("enrolment"), unlinked=BY_FORM
    ),
    "enrolment:plan": Route(get=DECIDES, post=DECIDES, at=of("enrolment")),
    "enrolment:decide_nomination": Route(get=DECIDES, post=DECIDES, at=of("nomination")),
    "enrolment:decide_nominations": Route(get=DECIDES, post=DECIDES, is_list=True),
    "enrolment:undo_declining": Route(
        get=DECIDES_POST_ONLY, post="sign-in 403 403 403 there 403", at=of("nomination"), unlinked=BY_FORM
    ),
    "enrolment:retract_nomination": Route(get=TEAM, post="sign-in 404 there 404 there 200", at=of("nomination")),
    "enrolment:messages": Route(get=HR_ONLY, is_list=True),
    "enrolment:message": Route(get=HR_ONLY, at=of("notice")),
    "enrolment:sent_mail": Route(get=NOTHING_HERE, post=NOTHING_HERE, unlinked="in demo mode only"),
    "enrolment:cohort": Route(get=HR_ONLY, at=of("cohort"), is_list=True),
    "enrolment:cohort_move": Route(get=DECIDES, post=DECIDES, at=of("cohort")),
    "enrolment:cohort_close": Route(get=DECIDES, post=DECIDES, at=of("cohort")),
    "enrolment:cohort_give_seats": Route(
        get=DECIDES_POST_ONLY, post="sign-in 403 403 403 there 403", at=of("cohort"), unlinked=BY_FORM
    ),
    "enrolment:cohort_reopen": Route(
        get=DECIDES_POST_ONLY, post="sign-in 403 403 403 there 403", at=of("cohort"), unlinked=BY_FORM
    ),
    "enrolment:decisions_report": Route(get=HR_ONLY, is_list=True),
    "enrolment:impact_report": Route(get=HR_ONLY, is_list=True),
    "enrolment:roles_report": Route(get=HR_ONLY, is_list=True),
    "enrolment:role_people": Route(get=HR_ONLY, at=lambda world: {"role": "direction"}, is_list=True),
    "programmes:cohorts": Route(get=HR_ONLY, is_list=True),
    "programmes:cohort_new": Route(get=HR_ONLY, post=HR_ONLY),
    "programmes:cohort_edit": Route(get=HR_ONLY, post=HR_ONLY, at=of("cohort")),
    "programmes:providers": Route(get=HR_ONLY, is_list=True),
    "programmes:provider_new": Route(get=HR_ONLY, post=HR_ONLY),
    "programmes:provider_edit": Route(get=HR_ONLY, post=HR_ONLY, at=of("provider")),
    "programmes:settings": Route(get=HR_ONLY, post=HR_ONLY, is_list=True),
    # HR sends the questionnaire out
    "enrolment:sendings": Route(get=HR_ONLY, is_list=True),
    "enrolment:send": Route(get=DECIDES, post=DECIDES),
    "enrolment:sending": Route(get=HR_ONLY, at=of("sending"), is_list=True),
    "enrolment:remind_rest": Route(
        get=DECIDES_POST_ONLY, post="sign-in 403 403 403 there 403", at=of("sending"), unlinked=BY_FORM
    ),
    "enrolment:end_sending": Route(
        get=DECIDES_POST_ONLY, post="sign-in 403 403 403 there 403", at=of("sending"), unlinked=BY_FORM
    ),
    "enrolment:resume_sending": Route(
        get=DECIDES_POST_ONLY, post="sign-in 403 403 403 there 403", at=of("sending"), unlinked=BY_FORM
    ),
    # HR writes the questionnaire
    "assessment:versions": Route(get=HR_ONLY),
    "assessment:draft": Route(get=DECIDES, post=DECIDES, unlinked="one draft is open: journeys begin one"),
    "assessment:bring_in": Route(get=DECIDES, post=DECIDES),
    "assessment:schema": Route(get=HR_ONLY),
    "assessment:version": Route(get=HR_ONLY, at=of("draft")),
    "enrolment:replay": Route(get=HR_ONLY, post=DECIDES, at=of("draft")),
    "assessment:policy": Route(get=HR_ONLY, at=of("draft"), query=lambda world: "?against=1"),
    "assessment:export": Route(get=HR_ONLY, at=of("draft")),
    "assessment:check_version": Route(
        get=DECIDES_POST_ONLY,
        post="sign-in 403 403 403 there 403",
        at=of("draft"),
        data={"revision": "1"},
        unlinked=BY_FORM,
    ),
    "assessment:publish": Route(get=DECIDES, post=DECIDES, at=of("draft"), unlinked="linked once it is checked"),
    "assessment:discard": Route(get=DECIDES, post=DECIDES, at=of("draft")),
    "assessment:arrange": Route(
        get=DECIDES_POST_ONLY,
        post="sign-in 403 403 403 there 403",
        at=of("draft"),
        data={"revision": "1", "do": "rule/2 to 1"},
        unlinked=BY_FORM,
    ),
    "assessment:rename": Route(get=DECIDES, post=DECIDES, at=of("draft")),
    "assessment:add_rule": Route(get=DECIDES, post=DECIDES, at=of("draft")),
    "assessment:write_rule": Route(get=DECIDES, post=DECIDES, at=part_of_draft(place="1")),
    "assessment:add_question": Route(get=DECIDES, post=DECIDES, at=of("draft")),
    "assessment:write_question": Route(get=DECIDES, post=DECIDES, at=part_of_draft(code="role")),
    "assessment:add_option": Route(get=DECIDES, post=DECIDES, at=part_of_draft(code="role")),
    "assessment:write_option": Route(get=DECIDES, post=DECIDES, at=part_of_draft(code="role", option="other")),
    # Signing in, which is allauth's; its views take a PUT for a POST
    "account_login": Route(
        get="200 there there there there there", post="200 there there there there there", is_ours=False
    ),
    "account_logout": Route(
        get="there 200 200 200 200 200", post="there there there there there there", unlinked=BY_FORM, is_ours=False
    ),
    "account_inactive": Route(get=EVERYBODY, unlinked=IN_PASSING, is_ours=False),
    "account_signup": Route(
        get="200 there there there there there",
        post="200 there there there there there",
        unlinked="nobody signs up: accounts are given",
        is_ours=False,
    ),
    "account_reauthenticate": Route(get=SIGNED_IN, post=SIGNED_IN, unlinked=IN_PASSING, is_ours=False),
    "account_change_password": Route(get=SIGNED_IN, post=SIGNED_IN, is_ours=False),
    "account_set_password": Route(
        get="sign-in there there there there there",
        post="sign-in there there there there there",
        unlinked=IN_PASSING,
        is_ours=False,
    ),
    "account_request_login_code": Route(
        get="200 there there there there there", post="200 there there there there there", is_ours=False
    ),
    "account_confirm_login_code": Route(
        get="sign-in there there there there there",
        post="sign-in there there there there there",
        unlinked=IN_PASSING,
        is_ours=False,
    ),
    # One's own account
    "mfa_index": Route(get=SIGNED_IN),
    "usersessions_list": Route(get=SIGNED_IN, post=TO_SELF),
    "invitation": Route(
        get=EVERYBODY,
        post="there there there there there there",
        at=lambda world: {"account": "1", "key": "none"},
        unlinked=BY_MAIL,
    ),
    "second_step": Route(get=SIGNED_IN, unlinked="where HR is led until it has one"),
    "mfa_authenticate": Route(
        get="sign-in there there there there there",
        post="sign-in there there there there there",
        unlinked=IN_PASSING,
        is_ours=False,
    ),
    "mfa_reauthenticate": Route(get=TO_SELF, post=TO_SELF, unlinked=IN_PASSING, is_ours=False),
    "mfa_activate_totp": Route(get=TO_SELF, post=TO_SELF, is_ours=False),
    "mfa_deactivate_totp": Route(get=NOTHING_OF_THEIRS, post=NOTHING_OF_THEIRS, is_ours=False),
    "mfa_view_recovery_codes": Route(get=NOTHING_OF_THEIRS, is_ours=False),
    "mfa_generate_recovery_codes": Route(get=TO_SELF, post=TO_SELF, is_ours=False),
    "mfa_download_recovery_codes": Route(get=NOTHING_OF_THEIRS, post=NOTHING_OF_THEIRS, is_ours=False),
    "mfa_list_webauthn": Route(get=SIGNED_IN),
    "mfa_add_webauthn": Route(get=TO_SELF, post=TO_SELF, is_ours=False),
    "mfa_login_webauthn": Route(
        get="sign-in there there there there there",
        post="sign-in there there there there there",
        unlinked=BY_FORM,
        is_ours=False,
    ),
    "mfa_reauthenticate_webauthn": Route(get=TO_SELF, post=TO_SELF, unlinked=IN_PASSING, is_ours=False),
    "remove_passkey": Route(get=TO_SELF, post=TO_SELF, at=lambda world: {"key": "none"}, is_ours=False),
    "single_sign_on": Route(get=NOTHING_HERE, post=NOTHING_HERE, unlinked="where a provider is named only"),
    "openid_connect_callback": Route(get=NOTHING_HERE, unlinked="where a provider is named only"),
    "socialaccount_login_cancelled": Route(get=EVERYBODY, unlinked=IN_PASSING, is_ours=False),
    "account_reset_password": Route(get=EVERYBODY, post=EVERYBODY, is_ours=False),
    "account_reset_password_done": Route(get=EVERYBODY, unlinked=IN_PASSING, is_ours=False),
    "account_reset_password_from_key": Route(
        get=EVERYBODY,
        post=EVERYBODY,
        at=lambda world: {"uidb36": "1", "key": "none"},
        unlinked=BY_MAIL,
        is_ours=False,
    ),
    "account_reset_password_from_key_done": Route(get=EVERYBODY, unlinked=IN_PASSING, is_ours=False),
}
