import sys
import json


def active(session, user):
    return session.query(user).filter(user.deleted == None), json, sys
