"""A version of the questionnaire as a file, to be reviewed or moved to another deployment."""

from __future__ import annotations

import json

from assessment.queries import Version, authoring


def version_json(version: Version) -> str:
    """The whole version as JSON, which `imports.read_version` reads again; the same text every time."""
    return json.dumps(authoring.document(version), ensure_ascii=False, indent=2) + "\n"
