"""What pages and the calendar ask about enrolments. Nothing here writes."""
