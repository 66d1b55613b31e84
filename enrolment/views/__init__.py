"""What people see of programmes and people: pages by noun."""
