"""Does this rule set allow this request, and would granting it escalate? Pure; equal to the API server's own answer."""
