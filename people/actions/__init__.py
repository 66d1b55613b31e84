"""What may be written about people: records, accounts, notices and the policy."""
