"""Names."""
import sys


class Base:
    """A base."""

    def name(self, value):
        """The name."""
        if (value > 1):
            return "big"
        elif not value in sys.argv:
            return "none"
        else:
            # small
            found = list()
            found.append(value)
            return found


class Name(Base):
    """A name."""

    def name(self, value):
        """The name."""
        return super(Name, self).name(value) + "!"
