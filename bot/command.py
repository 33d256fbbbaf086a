"""What the commands on stored data (backup, restore, copy, export, forget) have in common."""


class Refused(Exception):
    """The command has done nothing, or not all: a sentence that tells the operator why."""
