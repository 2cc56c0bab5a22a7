"""YAML at the level at which a text can be changed without loss: its nodes, and cuts in its lines.

Knows no file format; what is read and changed is for the adapters that import it.
"""
