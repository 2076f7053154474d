"""Synthetic sources of any size that look like the real ones: invented persons and firms, real places.

What is drawn from lies in `data/` with its source. The same seed gives the same source; it is
made in chunks that do not depend on one another, so memory does not grow with its size. Every
number of a person or firm belongs to nobody: its second and third digit, where a province's
code stands, are 00, and no province has that code. Reading sources does not belong here.
"""
