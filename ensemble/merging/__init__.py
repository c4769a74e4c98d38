"""New models out of several: merged weights, and mixtures of experts, as GGUF files.

Everything here works on files with numpy, one tensor at a time. What only llama.cpp can do is done
by a process of its own (`ensemble.engines.local.file_worker`).
"""
