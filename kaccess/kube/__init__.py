"""The cluster's API: bindings, roles, namespaces, the directory, and reviews of who may do what.

The only room that speaks to the API server, over urllib3. It gives and takes the nouns of `kaccess.model`; what should
be there and in which order it is written is decided elsewhere (`kaccess.planning`).
"""
