"""The command line: one file a command. The only room that prints, prompts or exits; it wires adapters to verbs."""
