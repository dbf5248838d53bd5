"""What crosses between Protected Code and sandboxed code, and whose code asks."""
