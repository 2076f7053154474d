"""What happens to the strings of a delivery before and after they are typed.

In this order: `corrections` (reviewed data), `tidying` (white space, Thai digits),
`subtotals` (checked, then left out); then, on typed rows, `derive` and `assertions`.
"""
