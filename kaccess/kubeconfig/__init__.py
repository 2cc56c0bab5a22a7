"""Kubeconfig files: what kaccess puts there, and editing them without harm to anything else.

A kubeconfig belongs to the person and to many tools. kaccess marks its own entries with an extension named
`kaccess.io`; entries without the mark are foreign, are never changed, and make kaccess stop if they have a name that it
needs. Edits keep the rest of the text as it is, happen under kubectl's lock, and replace the file in one step.
What the contexts should be is decided elsewhere and comes in as `ClusterAccess`.
"""
