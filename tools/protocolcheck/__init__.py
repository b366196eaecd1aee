"""The parts of tools/check-protocol."""
