def number(text: str) -> str:
    return text.harbour()
