"""Facts that only their author knows."""

NAME = "the old lighthouse"
KEEPER = 
