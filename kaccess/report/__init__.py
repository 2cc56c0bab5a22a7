"""Results made readable, for people (text and tables) and for machines (one JSON envelope). Prints nothing."""
