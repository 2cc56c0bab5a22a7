"""The verbs of kaccess, one a file: adapters and plain inputs in, a result out; nothing prints, prompts or exits."""
