"""The nouns of kaccess: frozen, ordered values without I/O.

Every other room speaks in these types and none of them knows where a value came from. JSON shapes of
Kubernetes objects are made and read here too (`to_json`, `from_json`), since they are plain data.
"""
