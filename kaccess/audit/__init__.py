"""What the actual state means: effective access. Pure; reads nothing and asks nobody."""
