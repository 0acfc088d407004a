"""The package in which Python 3.14 has its compression modules."""
