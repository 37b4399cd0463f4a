"""What each person is: orders, refunds, consents and attributes, folded into one state per brand and for the group.

Nouns: order, order line, refund match, person state, consent, membership of a club, attribute, erasure.
Hears: every event of a person (consumer `facts` writes them, consumer `lake` then brings the state up to date and
is the one to stand behind), person.realigned, person.erased.
Emits: nothing; other rooms read the state, or follow through the PersonData port.
"""
