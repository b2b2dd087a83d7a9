"""The workflow language: text to definition, checks, interpretation. No input or output."""
