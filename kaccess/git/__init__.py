"""The Git repository that a policy lives in, by the `git` that people use there.

The only room that runs it. It knows commits, lines and files; what a grant is, it leaves to others.
"""
