"""What is special about Thai data: digits, text, identity numbers, places, encodings."""
