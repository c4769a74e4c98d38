"""A lending library: which books it has, and who has what until when."""

from dataclasses import dataclass, field
from datetime import date, timedelta

LOAN_DAYS = 28


@dataclass
class Book:
    """Some copies of a book."""

    title: str
    copies: int = 1
    lent: dict[str, date] = field(default_factory=dict)

    def lend(self, reader, today):
        if len(self.lent) == self.copies:
            raise ValueError(f"{self.title} is out")
        self.lent[reader] = today + timedelta(days=LOAN_DAYS)

    def overdue(self, today):
        return [reader for reader, due in self.lent.items() if due < today]


class Library:
    """All books, by their titles."""

    def __init__(self):
        self.books = {}

    def add(self, title, copies=1):
        if title in self.books:
            
        else:
            self.books[title] = Book(title, copies)

    def search(self, words):
        """Return the titles that contain every one of the words, whatever their case."""
        wanted = [word.lower() for word in words.split()]
        
