"""Names."""
import sys


class Base:
    """A base."""

    def name(self, value):
        """The name."""
        if value > 1:
            return "big"
        if value not in sys.argv:
            return "none"
        # small
        found = []
        found.append(value)
        return found


class Name(Base):
    """A name."""

    def name(self, value):
        """The name."""
        return super().name(value) + "!"
