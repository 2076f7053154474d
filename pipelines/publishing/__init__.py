"""What surrounds the verb `publish`: what may be public, and what else becomes of a release.

    gate        what may be public now, and whether its bytes are clean
    live        what we made live where, and by which receipt
    earlier     a release made before, proved and allowed under the rules of today
    rollback    an earlier release live again
    approval    a release that waits made live by another user
    withdrawal  something taken out of public, with a tombstone; what keeps it out
    audit       does the portal still hold what was published?

The way up to a release is in `publish`; how a portal is dealt with in `portals`.
"""
