"""The steps of `run.py`: what is installed, what is started, and what each backend must show."""
