"""Keeping clusters in agreement with the policy, for as long as the process runs: `kaccess reconcile`.

A round reads the policy, and for each cluster that this process leads it surveys, plans, guards and applies; these
verbs are `kaccess.workflows`' own. Here is what surrounds them: when the next round is due, who leads, what is logged,
measured and answered about health. The clock and the waiting are handed in, so that a day of rounds is tested in no
time. The only room that imports prometheus_client. Nothing here prints; lines to print are given to a function.
"""
