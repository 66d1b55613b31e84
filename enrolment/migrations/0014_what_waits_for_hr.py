"""What waits for HR is found by an index: who has no dates yet, and whose recommendation nobody needs to decide.

Without it the first page of HR walks through everybody who was ever placed (docs/decisions/0014).
"""

from django.db import migrations

CREATE = """
-- Whether dates are still to follow a placement: nothing its person is or was on since follows it, and they work here.
CREATE FUNCTION enrolment_awaits_dates(placed assessment_placement) RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT placed.is_current AND placed.programme_id IS NOT NULL
    AND EXISTS (SELECT FROM people_employee WHERE id = placed.employee_id AND left_on IS NULL)
    AND NOT EXISTS (
        SELECT FROM enrolment_enrolment e
        WHERE e.employee_id = placed.employee_id AND e.programme_id = placed.programme_id AND e.status <> 'cancelled'
          AND (e.placement_id = placed.id OR e.created_at >= placed.decided_at
               OR e.status IN ('queued', 'waiting', 'planned', 'active', 'overdue', 'paused'))
    )
$$;

CREATE FUNCTION enrolment_mark_what_waits(people bigint[]) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    UPDATE assessment_placement p SET awaits_dates = NOT p.awaits_dates
    WHERE p.is_current AND p.employee_id = ANY(people) AND p.awaits_dates <> enrolment_awaits_dates(p);
END $$;

CREATE FUNCTION enrolment_placed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.awaits_dates := enrolment_awaits_dates(NEW);
    RETURN NEW;
END $$;
CREATE TRIGGER awaits_dates BEFORE INSERT OR UPDATE OF is_current, employee_id, programme_id, decided_at
    ON assessment_placement FOR EACH ROW EXECUTE FUNCTION enrolment_placed();

CREATE FUNCTION enrolment_followed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM enrolment_mark_what_waits((SELECT array_agg(employee_id) FROM made));
    RETURN NULL;
END $$;
CREATE TRIGGER awaits_dates_once_made AFTER INSERT ON enrolment_enrolment
    REFERENCING NEW TABLE AS made FOR EACH STATEMENT EXECUTE FUNCTION enrolment_followed();

CREATE FUNCTION enrolment_followed_otherwise() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM enrolment_mark_what_waits(ARRAY[OLD.employee_id, NEW.employee_id]);
    RETURN NULL;
END $$;
-- Not what the calendar does each night: who is planned, active or overdue is on it all the same.
CREATE TRIGGER awaits_dates_once_changed AFTER UPDATE OF status, placement_id, employee_id, programme_id
    ON enrolment_enrolment
    FOR EACH ROW WHEN (
        OLD.status <> NEW.status AND (
            OLD.status IN ('cancelled', 'completed', 'withdrawn') OR NEW.status IN ('cancelled', 'completed', 'withdrawn')
        )
        OR OLD.placement_id IS DISTINCT FROM NEW.placement_id
        OR OLD.employee_id <> NEW.employee_id OR OLD.programme_id <> NEW.programme_id
    ) EXECUTE FUNCTION enrolment_followed_otherwise();

CREATE FUNCTION enrolment_follows_no_more() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM enrolment_mark_what_waits(ARRAY[OLD.employee_id]);
    RETURN NULL;
END $$;
CREATE TRIGGER awaits_dates_once_deleted AFTER DELETE ON enrolment_enrolment
    FOR EACH ROW EXECUTE FUNCTION enrolment_follows_no_more();

CREATE FUNCTION enrolment_recommended() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.is_shelved := EXISTS (SELECT FROM people_employee WHERE id = NEW.employee_id AND left_on IS NOT NULL);
    RETURN NEW;
END $$;
CREATE TRIGGER is_shelved BEFORE INSERT OR UPDATE OF is_latest, employee_id ON assessment_recommendation
    FOR EACH ROW EXECUTE FUNCTION enrolment_recommended();

CREATE FUNCTION enrolment_left_or_back() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE assessment_recommendation SET is_shelved = NEW.left_on IS NOT NULL
    WHERE employee_id = NEW.id AND is_latest AND is_shelved <> (NEW.left_on IS NOT NULL);
    PERFORM enrolment_mark_what_waits(ARRAY[NEW.id]);
    RETURN NULL;
END $$;
CREATE TRIGGER what_waits_for_hr AFTER UPDATE OF left_on ON people_employee
    FOR EACH ROW WHEN (OLD.left_on IS DISTINCT FROM NEW.left_on) EXECUTE FUNCTION enrolment_left_or_back();

UPDATE assessment_placement p SET awaits_dates = true WHERE p.is_current AND enrolment_awaits_dates(p);
UPDATE assessment_recommendation r SET is_shelved = true
FROM people_employee e WHERE e.id = r.employee_id AND e.left_on IS NOT NULL AND r.is_latest;
"""
DROP = """
DROP TRIGGER what_waits_for_hr ON people_employee;
DROP TRIGGER is_shelved ON assessment_recommendation;
DROP TRIGGER awaits_dates_once_deleted ON enrolment_enrolment;
DROP TRIGGER awaits_dates_once_changed ON enrolment_enrolment;
DROP TRIGGER awaits_dates_once_made ON enrolment_enrolment;
DROP TRIGGER awaits_dates ON assessment_placement;
DROP FUNCTION enrolment_left_or_back(), enrolment_recommended(), enrolment_follows_no_more(),
    enrolment_followed_otherwise(), enrolment_followed(), enrolment_placed(), enrolment_mark_what_waits(bigint[]);
DROP FUNCTION enrolment_awaits_dates(assessment_placement);
"""


class Migration(migrations.Migration):
    dependencies = [
        ("enrolment", "0013_endings"),
        ("assessment", "0007_what_waits_for_hr"),
        ("people", "0014_what_nobody_heard"),
    ]

    operations = [migrations.RunSQL(CREATE, DROP)]
