from django.db import migrations

CREATE = """
-- The parts of a published version are guarded since 0001; this guards its own row. It can only be retired.
CREATE FUNCTION assessment_published_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.status IN ('published', 'retired') AND (
        TG_OP = 'DELETE'
        OR to_jsonb(NEW) - 'status' <> to_jsonb(OLD) - 'status'
        OR NOT (NEW.status = OLD.status OR NEW.status = 'retired')
    ) THEN
        RAISE EXCEPTION 'a published questionnaire never changes' USING ERRCODE = 'check_violation';
    END IF;
    RETURN COALESCE(NEW, OLD);
END $$;
CREATE TRIGGER published_stays BEFORE UPDATE OR DELETE ON assessment_questionnaire
    FOR EACH ROW EXECUTE FUNCTION assessment_published_stays();
"""
DROP = """
DROP TRIGGER published_stays ON assessment_questionnaire;
DROP FUNCTION assessment_published_stays();
"""


class Migration(migrations.Migration):

    dependencies = [("assessment", "0003_the_questionnaire_hr_owns")]

    operations = [migrations.RunSQL(CREATE, DROP)]
