"""Does the promise of delivery hold among real parts? `make test-mta`: Postfix is the judge of what arrived.

Processes are killed, frozen, doubled, set to another time, and lose their database or their disk, in the middle of a
delivery. Nothing here is a test of `make test`: it takes minutes, root, Postfix, and for some of it faketime.
"""
