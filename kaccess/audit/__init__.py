"""Who can do what, where and how, what is wrong with it, and what changed. Pure: it works on what was read before.

A `Snapshot` holds all that an audit rests on and can be kept as JSON; everything else here is made from one.
"""
