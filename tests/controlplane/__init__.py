"""A real Kubernetes control plane for the tests: the servers that kaccess must agree with, started on loopback."""
