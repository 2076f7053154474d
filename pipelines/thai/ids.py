"""National identity numbers: 13 digits, the last a check digit.

Source of the rule: the check digit is (11 - (13*d1 + 12*d2 + ... + 2*d12) mod 11) mod 10
(python-stdnum, `th.pin`). Numbers that begin with 0 belong to juristic persons.
"""

from stdnum.th import pin

from pipelines.thai.digits import to_ascii


def is_personal_id(text: str) -> bool:
    """Say whether a text is a person's number in any usual spelling."""
    return bool(pin.is_valid(to_ascii(text)))
