"""The one table of every route: for each method and role, in relation to the learner's things, what is answered.

Columns: visitor · learner (own) · manager (direct) · above (their manager) · deputy (of the manager, today) · other
(manager of others) · HR of everybody · HR here (of the learner's department) · HR elsewhere · auditor · administrator.
Cells: ``200`` a page, ``sign-in`` a redirect to the sign-in page, ``there`` a redirect to anywhere else, ``403`` not
for this role, ``404`` invisible to this person, ``405`` no such method. HEAD answers as GET; PUT, PATCH and DELETE are
refused everywhere.
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


# By relation to the learner, whose things the addresses name.
EVERYBODY = "200 200 200 200 200 200 200 200 200 200 200"
NOTHING_HERE = "404 404 404 404 404 404 404 404 404 404 404"  # in demo mode only
VISITORS = "200 there there there there there there there there there there"
SIGNED_IN = "sign-in 200 200 200 200 200 200 200 200 200 200"
TO_SELF = "sign-in there there there there there there there there there there"  # one's own page, or proving who one is
NOTHING_OF_THEIRS = "sign-in 404 404 404 404 404 404 404 404 404 404"  # a thing that this person has not set up
OWN = "sign-in 200 404 404 404 404 404 404 404 404 404"  # the learner's, and nobody else's
HAS_RECORD = "sign-in 200 200 200 200 200 404 404 404 404 404"  # for oneself, whoever has a record
ANSWERS = "sign-in 404 200 200 200 404 200 200 404 403 404"  # for the learner, never the learner; an auditor reads
SEES = "sign-in 200 200 200 200 404 200 200 404 200 404"  # about the learner
SPEAKS = "sign-in 200 200 200 200 404 200 200 404 404 404"  # for the learner: an auditor only reads
TELLS = "sign-in 404 200 200 200 404 200 200 404 404 404"  # for somebody of the line, who is not asked themself
LINE = "sign-in 404 200 200 200 404 200 200 404 200 404"  # about the learner, and not the learner's
LINES = "sign-in 403 200 200 200 200 200 200 200 200 403"  # whoever has a line, each their own
NOMINATES = "sign-in 403 200 200 200 200 200 200 200 403 403"
HR_READS = "sign-in 403 403 403 403 403 200 200 200 200 403"  # lists, each with whom its reader may see
HR_DECIDES = "sign-in 403 403 403 403 403 200 200 200 403 403"
HR_DONE = "sign-in 403 403 403 403 403 there there there 403 403"
DECIDES = "sign-in 403 403 403 403 403 200 200 404 403 403"  # about the learner; another department's: not there
DECIDES_POST_ONLY = "sign-in 403 403 403 403 403 405 405 405 403 403"
DONE = "sign-in 403 403 403 403 403 there there 404 403 403"
MAKERS = "sign-in 403 403 403 403 403 200 404 404 403 403"  # a job: whoever made it, here HR of everybody
MAKERS_DONE = "sign-in 403 403 403 403 403 there 404 404 403 403"
WHOLE_READS = "sign-in 403 403 403 403 403 200 403 403 200 403"  # what concerns the whole organisation
WHOLE_DECIDES = "sign-in 403 403 403 403 403 200 403 403 403 403"
WHOLE_POST_ONLY = "sign-in 403 403 403 403 403 405 403 403 403 403"
WHOLE_DONE = "sign-in 403 403 403 403 403 there 403 403 403 403"
ADMINISTERS = "sign-in 403 403 403 403 403 403 403 403 403 200"
ARRANGES = "sign-in 403 403 403 403 403 200 403 403 403 200"
HEARS = "sign-in 403 403 403 403 403 200 200 200 200 200"


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
    looked_at: tuple[str, ...] = ()  # roles that the page itself refuses, once it knows the method
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


WITHOUT_RECORD = ("hr", "here", "elsewhere", "auditor", "administrator")
PROBE = "asked by machines"
BY_FORM = "a form's target, never a page"
BY_MAIL = "reached from a mail"
IN_PASSING = "a step of signing in that nobody visits by itself"

ROUTES: dict[str, Route] = {
    # Machines
    "livez": Route(get=EVERYBODY, unlinked=PROBE),
    "readyz": Route(get=EVERYBODY, unlinked=PROBE),
    # Everybody
    "programmes:home": Route(get=VISITORS),
    "programmes:compare": Route(get=EVERYBODY),
    "programmes:programme": Route(get=EVERYBODY, at=lambda world: {"code": "ai-governance"}),
    "assessment:try": Route(get=EVERYBODY),
    "enrolment:demo_sign_in": Route(get=NOTHING_HERE, post=NOTHING_HERE, unlinked=BY_FORM),
    # The learner
    "enrolment:my_programme": Route(get=SIGNED_IN, unlinked_for=WITHOUT_RECORD),
    "enrolment:my_messages": Route(get=SIGNED_IN, post=TO_SELF, is_list=True, unlinked_for=WITHOUT_RECORD),
    "enrolment:message_choices": Route(
        get="sign-in 200 200 200 200 200 there there there there there",
        post="sign-in 200 200 200 200 200 there there there there there",
        unlinked_for=WITHOUT_RECORD,
    ),
    "enrolment:my_nomination": Route(get=OWN, post=OWN, at=of("nomination")),
    "enrolment:ask_nomination": Route(get=HAS_RECORD, post=HAS_RECORD),
    "enrolment:take_back_wish": Route(
        get="sign-in 405 405 405 405 405 405 405 405 405 405",
        post="sign-in there 404 404 404 404 404 404 404 404 404",
        at=of("wish"),
        unlinked=BY_FORM,
    ),
    "enrolment:turn_down_wish": Route(get=ANSWERS, post=ANSWERS, at=of("wish"), looked_at=("auditor",)),
    "enrolment:not_now": Route(
        get=OWN,
        post=OWN,
        at=lambda world: {"code": "ai-practitioner"},
        data={"until": "1 January 2020"},
    ),
    "enrolment:my_calendar": Route(get=SIGNED_IN, post=SIGNED_IN, unlinked_for=WITHOUT_RECORD),
    "enrolment:enrolment_calendar": Route(get=OWN, at=of("enrolment")),
    "enrolment:calendar_feed": Route(
        get=NOTHING_HERE, at=lambda world: {"token": "none"}, unlinked="asked by calendar programs"
    ),
    "enrolment:check_record": Route(get=OWN, post=OWN, at=of("enrolment")),
    "assessment:questionnaire": Route(get=SIGNED_IN, post="sign-in there there there there there 200 200 200 200 200"),
    "assessment:question": Route(
        get=SPEAKS,
        post=SPEAKS,
        at=lambda world: {"public_id": world.made["response_under_way"].public_id, "code": "does"},
    ),
    "assessment:check": Route(
        get="sign-in there there there there 404 there there 404 404 404",
        post="sign-in there there there there 404 there there 404 404 404",
        at=of("response_under_way"),
    ),
    "assessment:result": Route(get=SEES, at=of("response")),
    "enrolment:impact": Route(
        get=SEES,
        post="sign-in 200 200 200 200 404 200 200 404 403 404",
        at=of("completed"),
        looked_at=("auditor",),
    ),
    "enrolment:ending": Route(get=TELLS, post=TELLS, at=of("past_end")),
    "enrolment:ask_second_look": Route(get=SPEAKS, post=SPEAKS, at=of_learner),
    "enrolment:second_look": Route(get=SEES, at=of("second_look")),
    "enrolment:complain": Route(get=SIGNED_IN, post=SIGNED_IN),
    "enrolment:complaint": Route(get="sign-in 200 404 404 404 404 200 200 404 200 200", at=of("complaint")),
    # The manager
    "enrolment:my_team": Route(get=LINES, is_list=True, unlinked_for=WITHOUT_RECORD),
    "enrolment:needs": Route(get=LINES, is_list=True, counts=1, unlinked_for=WITHOUT_RECORD),
    "enrolment:team_month": Route(get=LINES, is_list=True, unlinked_for=WITHOUT_RECORD),
    "enrolment:nominations": Route(get=LINES, is_list=True),
    "enrolment:nominate": Route(get=NOMINATES, post=NOMINATES),
    "enrolment:nominate_many": Route(get=NOMINATES, post=NOMINATES),
    "enrolment:in_person": Route(
        get=LINES,
        post="sign-in 403 there there there there there there there 403 403",
        is_list=True,
        looked_at=("auditor",),
    ),
    "enrolment:nomination": Route(get=LINE, at=of("nomination")),
    "assessment:questionnaire_for": Route(
        get="sign-in 404 200 200 200 404 200 200 404 404 404",
        post="sign-in 404 there there there 404 there there 404 404 404",
        at=of_learner,
    ),
    "enrolment:my_deputies": Route(
        get="sign-in 403 200 200 200 200 there there there 403 403",
        post="sign-in 403 200 200 200 200 there there there 403 403",
        unlinked_for=WITHOUT_RECORD,
    ),
    "enrolment:deputies": Route(
        get="sign-in 404 404 404 404 404 200 200 404 404 404",
        post="sign-in 404 404 404 404 404 200 200 404 404 404",
        at=lambda world: {"public_id": world.manager.public_id},
    ),
    "enrolment:end_deputy": Route(
        get="sign-in 405 405 405 405 405 405 405 405 405 405",
        post="sign-in 404 there 404 there 404 there there 404 there 404",
        at=of("delegation"),
        unlinked=BY_FORM,
    ),
    # The administrator
    "enrolment:accounts": Route(get=ADMINISTERS, post=ADMINISTERS),
    "enrolment:account": Route(
        get=ADMINISTERS, post=ADMINISTERS, at=lambda world: {"public_id": world.users["hr"].public_id}
    ),
    "enrolment:departments": Route(
        get="sign-in 403 403 403 403 403 200 403 403 200 200",
        post="sign-in 403 403 403 403 403 there 403 403 403 there",
    ),
    "enrolment:department_new": Route(get=ARRANGES, post=ARRANGES),
    "enrolment:department_edit": Route(
        get=ARRANGES, post=ARRANGES, at=lambda world: {"public_id": world.department.public_id}
    ),
    # HR
    "enrolment:today": Route(get=HR_READS, is_list=True, counts=2),
    "enrolment:night": Route(get=WHOLE_READS, is_list=True),
    "enrolment:people": Route(get=HR_READS, is_list=True),
    "enrolment:person": Route(get=SEES, at=of_learner, unlinked_for=("learner",)),
    "enrolment:give_access": Route(get=DECIDES_POST_ONLY, post=DONE, at=of_learner, unlinked=BY_FORM),
    "enrolment:add_person": Route(get=WHOLE_DECIDES, post=WHOLE_DECIDES),
    "enrolment:edit_person": Route(get=DECIDES, post=DECIDES, at=of_learner),
    "enrolment:leave_person": Route(get=DECIDES, post=DECIDES, at=of_learner),
    "enrolment:merge_person": Route(get=WHOLE_DECIDES, post=WHOLE_DECIDES, at=of_learner),
    "enrolment:return_person": Route(
        get=DECIDES, post=DECIDES, at=of_learner, unlinked="linked where somebody has left: a journey walks there"
    ),
    "enrolment:import_people": Route(get=WHOLE_DECIDES, post=WHOLE_DECIDES),
    "enrolment:import_batch": Route(get=WHOLE_DECIDES, post=WHOLE_DONE, at=of("batch")),
    "enrolment:import_refused": Route(get=WHOLE_DECIDES, at=of("batch")),
    "enrolment:import_columns": Route(
        get=WHOLE_DONE,
        post=WHOLE_DONE,
        at=of("batch"),
        unlinked="a step of loading a file, which a file with our own columns passes by",
    ),
    "enrolment:import_leavers": Route(get=WHOLE_POST_ONLY, post=WHOLE_DONE, at=of("batch"), unlinked=BY_FORM),
    "enrolment:import_undo": Route(get=WHOLE_POST_ONLY, post=WHOLE_DONE, at=of("batch"), unlinked=BY_FORM),
    "enrolment:import_template": Route(get=WHOLE_DECIDES),
    "enrolment:decide": Route(get=DECIDES, post=DECIDES, at=of_learner),
    "enrolment:enrol": Route(get=DECIDES, post=DECIDES, at=of_learner),
    "enrolment:plan_path": Route(get=DECIDES, post=DECIDES, at=of_learner),
    "enrolment:recommendations": Route(get=HR_READS, is_list=True),
    "enrolment:decide_many": Route(
        get=HR_DECIDES,
        post=HR_DONE,
        query=lambda world: f"?pick={world.made['recommendation'].public_id}",
        unlinked_for=("elsewhere",),  # in whose department nobody waits for a decision
    ),
    "enrolment:second_looks": Route(get=HEARS, is_list=True),
    "enrolment:close_second_look": Route(get=DECIDES, post=DECIDES, at=of("second_look")),
    "enrolment:answer_dispute": Route(get=DECIDES, post=DECIDES, at=of("enrolment")),
    "enrolment:name_reviewer": Route(
        get="sign-in 403 403 403 403 403 200 200 404 403 404",
        post="sign-in 403 403 403 403 403 200 200 404 403 404",
        at=of("second_look"),
    ),
    "enrolment:complaints": Route(get=HEARS, is_list=True),
    "enrolment:answer_complaint": Route(
        get="sign-in 403 403 403 403 403 200 200 404 403 200",
        post="sign-in 403 403 403 403 403 200 200 404 403 200",
        at=of("complaint"),
    ),
    "enrolment:enrol_many": Route(get=HR_DECIDES, post=HR_DECIDES),
    "enrolment:import_enrolments": Route(get=WHOLE_DECIDES, post=WHOLE_DECIDES),
    "enrolment:enrolment_batch": Route(get=WHOLE_DECIDES, post=WHOLE_DONE, at=of("enrolments_batch")),
    "enrolment:enrolments_refused": Route(get=WHOLE_DECIDES, at=of("enrolments_batch")),
    "enrolment:enrolments_template": Route(get=WHOLE_DECIDES),
    "enrolment:import_responses": Route(get=WHOLE_DECIDES, post=WHOLE_DECIDES),
    "enrolment:responses_batch": Route(get=WHOLE_DECIDES, post=WHOLE_DONE, at=of("responses_batch")),
    "enrolment:responses_refused": Route(get=WHOLE_DECIDES, at=of("responses_batch")),
    "enrolment:responses_template": Route(get=WHOLE_DECIDES),
    "enrolment:bulk": Route(get=HR_DECIDES, post=HR_DECIDES),
    "enrolment:bulk_batch": Route(get=MAKERS, post=MAKERS_DONE, at=of("moves_batch")),
    "enrolment:bulk_refused": Route(get=MAKERS, at=of("moves_batch")),
    "enrolment:invite_many": Route(get=HR_DECIDES, post=HR_DECIDES),
    "enrolment:invitations_batch": Route(get=MAKERS, post=MAKERS_DONE, at=of("invite_batch")),
    "enrolment:invitations_refused": Route(get=MAKERS, at=of("invite_batch")),
    "enrolment:enrolments": Route(get=HR_READS, is_list=True),
    "enrolment:desk": Route(get=HR_READS, post=HR_DECIDES, is_list=True, counts=3),
    "enrolment:confirm": Route(get=DECIDES, post=DECIDES, at=of("enrolment")),
    "enrolment:handoff": Route(get=HR_DECIDES, post=HR_DONE, is_list=True),
    "enrolment:enrolment": Route(get=SEES, at=of("enrolment")),
    **{f"enrolment:{move}": Route(get=DECIDES, post=DECIDES, at=of("enrolment")) for move in WAYS},
    "enrolment:accept": Route(get=DECIDES_POST_ONLY, post=DONE, at=of("enrolment"), unlinked=BY_FORM),
    "enrolment:plan": Route(get=DECIDES, post=DECIDES, at=of("enrolment")),
    "enrolment:decide_nomination": Route(get=DECIDES, post=DECIDES, at=of("nomination")),
    "enrolment:decide_nominations": Route(
        get=HR_DECIDES,
        post=HR_DECIDES,
        is_list=True,
        unlinked_for=("elsewhere",),  # in whose department nobody waits for an answer
    ),
    "enrolment:undo_declining": Route(get=DECIDES_POST_ONLY, post=DONE, at=of("nomination"), unlinked=BY_FORM),
    "enrolment:retract_nomination": Route(
        get="sign-in 404 200 200 200 404 200 200 404 403 404",
        post="sign-in 404 there 200 200 404 there there 404 403 404",
        at=of("nomination"),
        looked_at=("auditor",),
    ),
    "enrolment:messages": Route(get=HR_READS, is_list=True),
    "enrolment:messages_ahead": Route(get=HR_READS, is_list=True),
    "enrolment:messages_sent": Route(get=HR_READS, is_list=True),
    "enrolment:settle_messages": Route(get=HR_DONE, post=HR_DONE, unlinked=BY_FORM),
    "enrolment:settle_foreseen": Route(get=HR_DONE, post=HR_DONE, unlinked=BY_FORM),
    "enrolment:message": Route(get="sign-in 403 403 403 403 403 200 200 404 200 403", at=of("notice")),
    "enrolment:texts": Route(get=WHOLE_READS),
    "enrolment:text": Route(get=WHOLE_READS, post=WHOLE_DECIDES, at=lambda world: {"kind": "enrolled"}),
    "enrolment:text_original": Route(
        get=WHOLE_POST_ONLY, post=WHOLE_DONE, at=lambda world: {"kind": "enrolled"}, unlinked=BY_FORM
    ),
    "enrolment:sent_mail": Route(get=NOTHING_HERE, post=NOTHING_HERE, unlinked="in demo mode only"),
    "enrolment:cohort": Route(get=HR_READS, at=of("cohort"), is_list=True),
    "enrolment:cohort_move": Route(get=WHOLE_DECIDES, post=WHOLE_DECIDES, at=of("cohort")),
    "enrolment:cohort_close": Route(get=WHOLE_DECIDES, post=WHOLE_DECIDES, at=of("cohort")),
    "enrolment:cohort_give_seats": Route(get=WHOLE_POST_ONLY, post=WHOLE_DONE, at=of("cohort"), unlinked=BY_FORM),
    "enrolment:cohort_reopen": Route(get=WHOLE_POST_ONLY, post=WHOLE_DONE, at=of("cohort"), unlinked=BY_FORM),
    "enrolment:decisions_report": Route(get=HR_READS, is_list=True),
    "enrolment:impact_report": Route(get=HR_READS, is_list=True),
    "enrolment:next_step": Route(
        get=SEES, post="sign-in there there there there 404 there there 404 there 404", at=of("completed")
    ),
    "enrolment:progression_report": Route(get=WHOLE_READS, is_list=True),
    "enrolment:ask_to_go_on": Route(get=WHOLE_POST_ONLY, post=WHOLE_DONE, unlinked=BY_FORM),
    "enrolment:roles_report": Route(get=WHOLE_READS, is_list=True),
    "enrolment:role_people": Route(get=WHOLE_READS, at=lambda world: {"role": "direction"}, is_list=True),
    "programmes:cohorts": Route(get=HR_READS, is_list=True),
    "programmes:cohort_new": Route(get=WHOLE_DECIDES, post=WHOLE_DECIDES),
    "programmes:cohort_edit": Route(get=WHOLE_DECIDES, post=WHOLE_DECIDES, at=of("cohort")),
    "programmes:providers": Route(get=WHOLE_READS, is_list=True),
    "programmes:provider_new": Route(get=WHOLE_DECIDES, post=WHOLE_DECIDES),
    "programmes:provider_edit": Route(get=WHOLE_DECIDES, post=WHOLE_DECIDES, at=of("provider")),
    "programmes:settings": Route(
        get="sign-in 403 403 403 403 403 200 403 403 200 200",
        post="sign-in 403 403 403 403 403 200 403 403 403 200",
        is_list=True,
    ),
    # HR sends the questionnaire out
    "enrolment:sendings": Route(get=WHOLE_READS, is_list=True),
    "enrolment:send": Route(get=WHOLE_DECIDES, post=WHOLE_DECIDES),
    "enrolment:sending": Route(get=WHOLE_READS, at=of("sending"), is_list=True),
    "enrolment:remind_rest": Route(get=WHOLE_POST_ONLY, post=WHOLE_DONE, at=of("sending"), unlinked=BY_FORM),
    "enrolment:end_sending": Route(get=WHOLE_POST_ONLY, post=WHOLE_DONE, at=of("sending"), unlinked=BY_FORM),
    "enrolment:resume_sending": Route(get=WHOLE_POST_ONLY, post=WHOLE_DONE, at=of("sending"), unlinked=BY_FORM),
    # HR writes the questionnaire
    "assessment:versions": Route(get=WHOLE_READS),
    "assessment:draft": Route(get=WHOLE_DECIDES, post=WHOLE_DECIDES, unlinked="one draft is open: journeys begin one"),
    "assessment:bring_in": Route(get=WHOLE_DECIDES, post=WHOLE_DECIDES),
    "assessment:schema": Route(get=WHOLE_READS),
    "assessment:version": Route(get=WHOLE_READS, at=of("draft")),
    "enrolment:replay": Route(get=WHOLE_READS, post=WHOLE_DECIDES, at=of("draft")),
    "assessment:policy": Route(get=WHOLE_READS, at=of("draft"), query=lambda world: "?against=1"),
    "assessment:export": Route(get=WHOLE_READS, at=of("draft")),
    "assessment:check_version": Route(
        get=WHOLE_POST_ONLY,
        post=WHOLE_DONE,
        at=of("draft"),
        data={"revision": "1"},
        unlinked=BY_FORM,
    ),
    "assessment:publish": Route(
        get=WHOLE_DECIDES, post=WHOLE_DECIDES, at=of("draft"), unlinked="linked once it is checked"
    ),
    "assessment:discard": Route(get=WHOLE_DECIDES, post=WHOLE_DECIDES, at=of("draft")),
    "assessment:arrange": Route(
        get=WHOLE_POST_ONLY,
        post=WHOLE_DONE,
        at=of("draft"),
        data={"revision": "1", "do": "rule/2 to 1"},
        unlinked=BY_FORM,
    ),
    "assessment:rename": Route(get=WHOLE_DECIDES, post=WHOLE_DECIDES, at=of("draft")),
    "assessment:add_rule": Route(get=WHOLE_DECIDES, post=WHOLE_DECIDES, at=of("draft")),
    "assessment:write_rule": Route(get=WHOLE_DECIDES, post=WHOLE_DECIDES, at=part_of_draft(place="1")),
    "assessment:add_question": Route(get=WHOLE_DECIDES, post=WHOLE_DECIDES, at=of("draft")),
    "assessment:write_question": Route(get=WHOLE_DECIDES, post=WHOLE_DECIDES, at=part_of_draft(code="role")),
    "assessment:add_option": Route(get=WHOLE_DECIDES, post=WHOLE_DECIDES, at=part_of_draft(code="role")),
    "assessment:write_option": Route(
        get=WHOLE_DECIDES, post=WHOLE_DECIDES, at=part_of_draft(code="role", option="other")
    ),
    # Signing in, which is allauth's; its views take a PUT for a POST
    "account_login": Route(get=VISITORS, post=VISITORS, is_ours=False),
    "account_logout": Route(
        get="there 200 200 200 200 200 200 200 200 200 200",
        post="there there there there there there there there there there there",
        unlinked=BY_FORM,
        is_ours=False,
    ),
    "account_inactive": Route(get=EVERYBODY, unlinked=IN_PASSING, is_ours=False),
    "account_signup": Route(
        get=VISITORS,
        post=VISITORS,
        unlinked="nobody signs up: accounts are given",
        is_ours=False,
    ),
    "account_reauthenticate": Route(get=SIGNED_IN, post=SIGNED_IN, unlinked=IN_PASSING, is_ours=False),
    "account_change_password": Route(get=SIGNED_IN, post=SIGNED_IN, is_ours=False),
    "account_set_password": Route(
        get=TO_SELF,
        post=TO_SELF,
        unlinked=IN_PASSING,
        is_ours=False,
    ),
    "account_request_login_code": Route(get=VISITORS, post=VISITORS, is_ours=False),
    "account_confirm_login_code": Route(
        get=TO_SELF,
        post=TO_SELF,
        unlinked=IN_PASSING,
        is_ours=False,
    ),
    # One's own account
    "mfa_index": Route(get=SIGNED_IN),
    "usersessions_list": Route(get=SIGNED_IN, post=TO_SELF),
    "invitation": Route(
        get=EVERYBODY,
        post="there there there there there there there there there there there",
        at=lambda world: {"account": "1", "key": "none"},
        unlinked=BY_MAIL,
    ),
    "second_step": Route(get=SIGNED_IN, unlinked="where HR is led until it has one"),
    "mfa_authenticate": Route(
        get=TO_SELF,
        post=TO_SELF,
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
        get=TO_SELF,
        post=TO_SELF,
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
