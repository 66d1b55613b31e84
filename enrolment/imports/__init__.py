"""Loading files, and other long jobs: read, checked and kept, applied in chunks, resumed after a killed worker."""

from enrolment.imports.batches import apply_batch
from enrolment.imports.files import receive_people
from enrolment.imports.people import as_json, check_people, load_people

__all__ = ["apply_batch", "as_json", "check_people", "load_people", "receive_people"]
