"""Synthetic registers of any size that look like the real ones: invented persons, real places.

What is drawn from lies in `data/` with its source. The same seed gives the same bytes; a
register is made in chunks that do not depend on one another, so memory does not grow with its
size. Every person's number belongs to nobody: its second and third digit, where a province's
code stands, are 00, and no province has that code.
"""
