import re


def number(text: str) -> str:
    return re.match(r'\d+', text).group()
