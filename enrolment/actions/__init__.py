"""What happens to enrolments, nominations and the people on them: the only writers. Every action takes many."""
