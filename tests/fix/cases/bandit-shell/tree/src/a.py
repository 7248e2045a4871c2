import subprocess


def run(name):
    return subprocess.call('ls ' + name, shell=True)
