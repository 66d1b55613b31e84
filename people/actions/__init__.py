"""What may be written about people: records, accounts and notices."""
