"""Faults while mail leaves, with real workers, servers and SMTP: nothing lost, nothing twice but what was in hand."""

import signal
from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest

from config.celery import app
from people.actions.mailing import LEASE
from tests.conftest import Scale
from tests.races.post_office import PostOffice, until

SEATS = "enrolment.tasks.give_seats"
IN_HAND = 2  # the worker has two processes: so many letters can be on their way when it is hit
OVER_LEASE = LEASE + timedelta(minutes=1)


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PostOffice]:
    """Servers, one worker with its two processes, and a mail server."""
    made = PostOffice(tmp_path_factory.mktemp("office"), MAIL_HOURS="0-24")
    try:
        made.start()
        made.run("worker", "worker")
        made.sweep()
        yield made
    finally:
        made.stop()


@pytest.fixture(autouse=True)
def well(request: pytest.FixtureRequest) -> None:
    """Each drill finds a mail server that behaves."""
    if "office" in request.fixturenames:
        mail = request.getfixturevalue("office").mail
        mail.behaves, mail.slowly, mail.refused = "well", 0, frozenset()


@pytest.fixture
def many(scale: Scale) -> int:
    """So many letters in a drill."""
    return scale.pick(120, 3000)


def settled(office: PostOffice, name: str, number: int, *, twice: int = 0) -> dict[str, str]:
    """All were sent and received, each once, but ``twice`` at most again under the same number; the ledger's states."""
    assert office.drained(name), office.ask(f"dict(Counter(told({name!r}).values()))")
    told, came = office.ask(f"told({name!r})"), [letter.number for letter in office.letters_of(name)]
    assert len(told) == number
    assert set(told.values()) == {"sent"}
    assert set(came) == set(told), "lost, or never written"
    assert len(came) - len(set(came)) <= twice, "twice"
    return told


def half_way(office: PostOffice, name: str, number: int) -> None:
    """Begin to send, slowly enough to be hit on the way."""
    office.mail.slowly = 0.02
    assert office.comes(lambda: len(office.letters_of(name)) > number // 4), "some have gone"


def leaves(office: PostOffice, name: str) -> None:
    """Wait until one more letter has gone: so mail is leaving at this moment."""
    before = len(office.letters_of(name))
    until(lambda: len(office.letters_of(name)) > before, "mail leaves")


def test_a_mail_server_that_refuses_connections(office, many):
    office.mail.close()
    assert office.ask(f"letters({many}, 'refuses')") == many
    office.sweep()
    assert office.letters_of("refuses") == []
    assert set(office.ask("told('refuses')").values()) == {"due"}
    reasons = office.ask(
        "list(Notice.objects.filter(headline='refuses').exclude(why='').values_list('why', flat=True))"
    )
    assert reasons
    assert all("does not answer" in why for why in reasons)
    office.mail.open()
    settled(office, "refuses", many)


@pytest.mark.parametrize("behaves", ["hangs", "hangs_after_data"])
def test_a_mail_server_that_hangs(office, many, behaves):
    """The product's own time ends the wait; a sender that is killed while it waits loses the lease, not the letters."""
    office.mail.behaves = behaves
    office.ask(f"letters({many}, {behaves!r})")
    office.sweep()
    assert "sent" not in office.ask(f"told({behaves!r})").values()

    before = len(office.mail.connections)
    office.pass_time(timedelta(minutes=5))
    office.wake()
    until(lambda: len(office.mail.connections) > before, "somebody waits for an answer")
    if behaves == "hangs_after_data":
        until(lambda: "sending" in office.ask(f"told({behaves!r})").values(), "something is on its way")
        office.end("worker")
        office.run("worker", "worker")
    office.mail.behaves = "well"
    office.pass_time(OVER_LEASE)
    settled(office, behaves, many, twice=3 * IN_HAND)


def test_a_mail_server_that_drops_the_line_after_data(office, many):
    """Whether they arrived nobody knows: they go again, under the same number."""
    name = "drops"
    office.ask(f"letters({many}, {name!r})")
    half_way(office, name, many)
    office.mail.behaves = "drops_after_data"
    before = len(office.letters_of(name))
    until(lambda: len(office.letters_of(name)) > before, "one was taken without an answer")
    office.sweep()
    office.mail.behaves, office.mail.slowly = "well", 0
    dropped = len(office.letters_of(name)) - before
    office.pass_time(timedelta(hours=1))  # what broke the line rests before it is tried again
    settled(office, name, many, twice=dropped)
    assert len(office.letters_of(name)) > many, "nothing went twice: the drill hit nothing"


def test_one_recipient_of_500_is_refused(office):
    office.mail.refused = frozenset({"one250@sample.example"})
    assert office.ask("letters(500, 'one')") == 500
    assert office.drained("one")
    came = [letter.number for letter in office.letters_of("one")]
    assert len(came) == len(set(came)) == 499
    assert office.ask("dict(Counter(told('one').values()))") == {"sent": 499, "failed": 1}
    why = office.ask("Notice.objects.get(employee__staff_number='one250').why")
    assert why == "The mail server refused it: 550 no such person"


def dies(office: PostOffice) -> Callable[[], None]:
    """It is killed; then another is there, with what the disk kept."""
    office.processes.stop("valkey", signal.SIGKILL)
    return office.servers.start_broker


def is_wiped(office: PostOffice) -> Callable[[], None]:
    """Everything in it is gone."""
    office.tell_broker("FLUSHALL")
    return lambda: None


def freezes(office: PostOffice) -> Callable[[], None]:
    """It is there and does nothing."""
    valkey = office.processes.running["valkey"]
    valkey.send_signal(signal.SIGSTOP)
    return lambda: valkey.send_signal(signal.SIGCONT)


def takes_no_writes(office: PostOffice) -> Callable[[], None]:
    """A replica whose master is gone: it answers and refuses to write."""
    office.tell_broker("REPLICAOF", "127.0.0.1", "1")
    return lambda: office.tell_broker("REPLICAOF", "NO", "ONE")


@pytest.mark.parametrize("fault", [dies, is_wiped, freezes, takes_no_writes])
def test_a_broker_that_fails(office, many, fault):
    """It only wakes: what is written meanwhile goes out within two minutes of its return, and once."""
    hit, meanwhile = f"{fault.__name__}-hit", f"{fault.__name__}-meanwhile"
    office.ask(f"letters({many}, {hit!r})")
    half_way(office, hit, many)
    recovers = fault(office)
    try:
        assert office.ask(f"letters({many}, {meanwhile!r})") == many, "the change itself needs no broker"
    finally:
        recovers()
    office.mail.slowly = 0
    assert office.drained(meanwhile)
    settled(office, meanwhile, many)
    settled(office, hit, many, twice=IN_HAND)


def wake_up_lost(office: PostOffice, name: str, number: int) -> None:
    """Written and committed; then the broker forgets the wake-up before any worker has seen it."""
    office.end("worker")
    assert office.ask(f"letters({number}, {name!r})") == number
    office.tell_broker("FLUSHALL")
    office.run("worker", "worker")


def test_beat_alone_sends_what_no_wake_up_tells_of(office, many, scale):
    """Within two minutes, as after a broker's return; at full size by its own schedule, else by the second."""
    assert app.conf.beat_schedule["send due notices"]["schedule"] <= 60
    office.run("beat", "beat", **({} if scale.is_full else {"DRILL_BEAT": "2"}))
    try:
        office.sweep()
        wake_up_lost(office, "alone", many)
        until(lambda: not {"due", "sending"} & set(office.ask("told('alone')").values()), "beat drains it", limit=120)
    finally:
        office.processes.stop("beat")
    settled(office, "alone", many)


def test_the_guard_sees_a_beat_that_wakes_no_sender(office, many):
    """Without its entry nothing leaves, however often beat wakes the others: so the drill above is about the entry."""
    office.run("beat", "beat", DRILL_BEAT="1", DRILL_WITHOUT="send due notices")
    try:
        wake_up_lost(office, "forgotten", many)
        before = office.done(SEATS)
        until(lambda: office.done(SEATS) > before + 3, "beat wakes the others")
        assert set(office.ask("told('forgotten')").values()) == {"due"}
    finally:
        office.processes.stop("beat")
    settled(office, "forgotten", many)


def test_a_database_that_crashes_while_mail_leaves(office, many, scale):
    crashes = scale.pick(1, 2)
    office.ask(f"letters({many}, 'crash')")
    for _ in range(crashes):
        half_way(office, "crash", many)
        leaves(office, "crash")
        office.crash_database()
        assert len(office.letters_of("crash")) < many, "all had gone: the drill hit nothing"
        office.ask("__import__('django.db').db.connections.close_all()")
        office.pass_time(OVER_LEASE)
    office.mail.slowly = 0
    settled(office, "crash", many, twice=IN_HAND * crashes)


def test_nothing_goes_to_leavers(office):
    """Neither to whom somebody made leave, nor to whom raw SQL did, while others are written to."""
    office.mail.close()  # nothing can go before they have left
    office.ask("letters(60, 'leaver')")
    for gone in ("leaver7", "leaver20"):
        assert office.ask(f"leaves({gone!r})") == [True]
    raw = "Employee.objects.filter(staff_number='leaver40').update(employed_until=today() - timedelta(1))"
    assert office.ask(raw) == 1
    office.mail.open()
    assert office.drained("leaver")
    left = {f"leaver{number}@sample.example" for number in (7, 20, 40)}
    assert len(office.letters_of("leaver")) == 57
    assert not left & {letter.to for letter in office.letters_of("leaver")}
    assert office.ask("dict(Counter(told('leaver').values()))") == {"sent": 57, "withdrawn": 3}
    reasons = office.ask(
        "list(Notice.objects.filter(headline='leaver', status='withdrawn').values_list('why', flat=True))"
    )
    assert all("left" in why for why in reasons), reasons


def test_the_guard_sees_a_letter_that_came_twice_or_never(office):
    """The drills are worth what their sums are: a letter sent past the ledger, and one that nobody received."""
    office.ask("letters(3, 'guard')")
    told = settled(office, "guard", 3)
    office.mail.letters.append(office.letters_of("guard")[0])
    with pytest.raises(AssertionError, match="twice"):
        settled(office, "guard", 3)
    number = next(iter(told))
    office.mail.letters[:] = [letter for letter in office.mail.letters if letter.number != number]
    with pytest.raises(AssertionError, match="lost"):
        settled(office, "guard", 3)
