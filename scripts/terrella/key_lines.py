"""Where the keys of a file stand, for error messages."""


class KeyLines:
    """Of a file whose `_lines` maps paths of keys to lines."""

    def line(self, *path):
        """Line of a key such as ("regions", 2, "lat"), or of the nearest thing around it that has
        one; None when there is none."""
        while path:
            if path in self._lines:
                return self._lines[path]
            path = path[:-1]
        return None
